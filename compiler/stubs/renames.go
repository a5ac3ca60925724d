package stubs

import (
	"go/scanner"
	"go/token"
	"maps"
	"slices"

	"github.com/gridrpc/gridc/compiler/goname"
)

// Rename is a Go name that generated code no longer has, because it is written with its
// initialisms in capitals now: Id is ID.
type Rename struct{ Old, New string }

// Renames are the names that the changes took from generated code for the sake of Go's
// initialisms, each once and in order.
func Renames(changed []FileChange) []Rename {
	all := make(map[string]bool)
	for _, c := range changed {
		for _, name := range c.respelled {
			all[name] = true
		}
	}
	var renames []Rename
	for _, name := range slices.Sorted(maps.Keys(all)) {
		renames = append(renames, Rename{name, goname.ExportedName(name)})
	}
	return renames
}

// respelled are the exported names of an old file that its new one has only with their
// initialisms in capitals.
func respelled(old, new []byte) []string {
	if old == nil || new == nil {
		return nil
	}
	before, after := exportedNames(old), exportedNames(new)
	var names []string
	for name := range before {
		if better := goname.ExportedName(name); !after[name] && !before[better] && after[better] {
			names = append(names, name)
		}
	}
	return names
}

// exportedNames are those that a Go file declares or uses.
func exportedNames(file []byte) map[string]bool {
	names := make(map[string]bool)
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(file)), file, nil, 0)
	for {
		_, tok, text := s.Scan()
		switch {
		case tok == token.EOF:
			return names
		case tok == token.IDENT && goname.IsExportedIdent(text):
			names[text] = true
		}
	}
}
