package gogen

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/gridrpc/gridc/compiler/goname"
)

// ErrNoModule is the error for a folder that no Go module holds.
var ErrNoModule = errors.New("there is no go.mod")

// GoImportPath is the import path of a folder, which need not exist yet: the
// module of the nearest go.mod and the folders below it. The error is
// [ErrNoModule], or says why Go would refuse the path.
func GoImportPath(folder string) (string, error) { return NewModules().ImportPath(folder) }

// Modules finds the go.mod files of folders, each once.
type Modules struct{ byFolder map[string]goMod }

// goMod is the nearest go.mod of a folder; without one the file is empty.
type goMod struct {
	file    string
	content []byte
	err     error
}

// NewModules returns a memory of the modules of folders, which knows none yet.
func NewModules() *Modules { return &Modules{byFolder: make(map[string]goMod)} }

// ImportPath is GoImportPath, with what was read before.
func (m *Modules) ImportPath(folder string) (string, error) {
	abs, err := filepath.Abs(filepath.FromSlash(folder))
	if err != nil {
		return "", err
	}
	switch mod := m.nearest(abs); {
	case mod.err != nil:
		return "", fmt.Errorf("cannot read go.mod: %w", mod.err)
	case mod.file == "":
		return "", fmt.Errorf("%w in %s or above: generated code belongs to a Go module, which `go mod init example.com/name` makes", ErrNoModule, folder)
	default:
		return importPathBelow(mod.file, mod.content, abs)
	}
}

// nearest looks in a folder and then above it.
func (m *Modules) nearest(dir string) goMod {
	if mod, known := m.byFolder[dir]; known {
		return mod
	}
	var mod goMod
	file := filepath.Join(dir, "go.mod")
	content, err := os.ReadFile(file)
	switch {
	case err == nil:
		mod = goMod{file: file, content: content}
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR):
		mod.err = err // where a file stands in the place of a folder, writing will say so
	case dir != filepath.Dir(dir):
		mod = m.nearest(filepath.Dir(dir))
	}
	m.byFolder[dir] = mod
	return mod
}

func importPathBelow(file string, content []byte, folder string) (string, error) {
	module := modulePath(string(content))
	if module == "" {
		return "", fmt.Errorf("%s has no module line", file)
	}
	rel, err := filepath.Rel(filepath.Dir(file), folder)
	if err != nil {
		return "", err
	}
	full := path.Join(module, filepath.ToSlash(rel))
	if fault := goname.ImportPathFault(full); fault != "" {
		return "", fmt.Errorf("the code would have the import path %q, which Go does not allow: %s; rename the folder or the module, or choose another with --out", full, fault)
	}
	return full, nil
}

// modulePath returns the path on the module line of a go.mod file, or "". The
// line is `module path`, or a block that holds the path alone.
func modulePath(mod string) string {
	inBlock := false
	for line := range strings.Lines(mod) {
		line, _, _ = strings.Cut(line, "//")
		rest := strings.TrimSpace(line)
		if !inBlock {
			after, found := strings.CutPrefix(rest, "module")
			if !found || after == "" || !strings.ContainsRune(" \t\"`(", rune(after[0])) {
				continue
			}
			rest = strings.TrimSpace(after)
			if rest == "(" {
				inBlock = true
				continue
			}
		}
		if rest != "" {
			return unquotedPath(rest)
		}
	}
	return ""
}

func unquotedPath(text string) string {
	if text[0] != '"' && text[0] != '`' {
		return text
	}
	path, err := strconv.Unquote(text)
	if err != nil {
		return ""
	}
	return path
}
