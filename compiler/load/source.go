package load

import (
	"bytes"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/idl"
)

// File is one .grid file that was read: its tree, and where it could not be parsed.
type File struct {
	Path   string // as diagnostics show it
	Key    string // the same for every path to the same file
	Root   bool   // named on the command line
	Tree   *idl.File
	syntax []*idl.Diagnostic
	errors idl.SpanSet // the places of syntax, for HasErrorIn

	Imports []*Import
	Broken  map[string]bool // names whose declarations did not parse
}

// Import is one import of a file.
type Import struct {
	Decl *idl.Import
	Name string // the qualifier it defines
	To   *File  // nil when the file could not be loaded
	Used bool   // something of it is referred to, as far as was checked
}

// Package is the name of the package, or a stand-in from the file name while the package
// clause is broken.
func (s *File) Package() string {
	if s.Tree.Package != nil {
		return s.Tree.Package.Name
	}
	return stem(s.Path)
}

// Name is what stands before the names of the package in a file that imports it: the name
// that Go has for it, too.
func (s *File) Name() string { return goname.PackageName(s.Package()) }

// Folder is the same for every file of the folder.
func (s *File) Folder() string { return filepath.Dir(filepath.FromSlash(s.Key)) }

// SharesPackage reports whether two files are parts of one package: of one folder, and
// with the same name.
func (s *File) SharesPackage(other *File) bool {
	return s == other || s.Tree.Package != nil && other.Tree.Package != nil && s.Folder() == other.Folder() && s.Package() == other.Package()
}

// HasErrorIn reports whether a part of the stretch could not be parsed.
func (s *File) HasErrorIn(at idl.Span) bool { return s.errors.Overlaps(at) }

// indexErrors collects the places of the syntax errors. One that is missing
// something has no width, and counts as the character after it.
func (s *File) indexErrors() {
	var spans []idl.Span
	for _, d := range s.syntax {
		at := d.Span
		at.End.Offset = max(at.End.Offset, at.Start.Offset+1)
		spans = append(spans, at)
	}
	s.errors = idl.NewSpanSet(spans)
}

// LostImports reports whether an import may be missing from the tree because it
// could not be parsed or loaded, so that an unknown qualifier is no news.
func (s *File) LostImports() bool {
	for _, link := range s.Imports {
		if link.To == nil && link.Decl.Alias == nil {
			return true
		}
	}
	first := len(s.Tree.Source)
	if len(s.Tree.Decls) > 0 {
		first = s.Tree.Decls[0].DeclMeta().Span.Start.Offset
	}
	for _, at := range s.faultyLines() {
		if at < first && mentionsImport(s.LineAt(at)) {
			return true
		}
	}
	return false
}

// faultyLines are offsets of syntax errors, one for each line that has any: a line may
// be long and have thousands.
func (s *File) faultyLines() []int {
	var offsets []int
	last := 0
	for _, d := range s.syntax {
		if at := d.Span.Start; at.Line != last {
			offsets, last = append(offsets, at.Offset), at.Line
		}
	}
	return offsets
}

func mentionsImport(line string) bool {
	return strings.Contains(line, "import") || strings.Contains(line, `"`)
}

// LineAt is the text of the line that holds the offset.
func (s *File) LineAt(offset int) string {
	text := s.Tree.Source
	offset = min(max(offset, 0), len(text))
	start := bytes.LastIndexByte(text[:offset], '\n') + 1
	if end := bytes.IndexByte(text[start:], '\n'); end >= 0 {
		return string(text[start : start+end])
	}
	return string(text[start:])
}

// LineEnd is the empty span at the end of the line of a place.
func (s *File) LineEnd(p idl.Pos) idl.Span {
	rest := strings.TrimRight(s.LineAt(p.Offset)[p.Col-1:], "\r")
	p.Offset, p.Col = p.Offset+len(rest), p.Col+len(rest)
	return idl.Span{File: s.Path, Start: p, End: p}
}

var (
	declHead  = regexp.MustCompile(`(?m)^[ \t]*(?:const|enum|message|union|error|extern|service)[ \t]+(\w+)`)
	twoIdents = regexp.MustCompile(`^\w+[ \t]+(\w+)`)
)

// findBroken collects the names that a file with syntax errors seems to declare
// although the tree lacks them: what follows a keyword, and the second word of a
// faulty line that starts at the margin (a misspelt keyword).
func (s *File) findBroken() {
	s.Broken = make(map[string]bool)
	if len(s.syntax) == 0 {
		return
	}
	for _, name := range s.Tree.Broken {
		s.Broken[name.Name] = true
	}
	for _, m := range declHead.FindAllSubmatch(s.Tree.Source, -1) {
		s.Broken[string(m[1])] = true
	}
	for _, at := range s.faultyLines() {
		if m := twoIdents.FindStringSubmatch(s.LineAt(at)); m != nil {
			s.Broken[m[1]] = true
		}
	}
}

// stem is the last element of a path without its extension.
func stem(path string) string {
	return strings.TrimSuffix(baseName(path), ".grid")
}

func baseName(path string) string {
	return path[strings.LastIndexByte(path, '/')+1:]
}

// IgnoreDirective starts a comment that silences a rule. It stands straight after `//`.
const IgnoreDirective = "gridc:ignore"
