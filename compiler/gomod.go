package compiler

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
)

// GoImportPath is the import path of a folder, which need not exist yet: the
// module of the nearest go.mod and the folders below it.
func GoImportPath(folder string) (string, error) {
	abs, err := filepath.Abs(filepath.FromSlash(folder))
	if err != nil {
		return "", err
	}
	for dir := abs; ; dir = filepath.Dir(dir) {
		file := filepath.Join(dir, "go.mod")
		content, err := os.ReadFile(file)
		if err == nil {
			return importPathBelow(file, content, abs)
		}
		// Where a file stands in the place of a folder, writing will say so.
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			return "", fmt.Errorf("cannot read go.mod: %w", err)
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("there is no go.mod in %s or above, so the Go import path of the generated code is not known (`go mod init` makes one)", folder)
		}
	}
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
	if i := strings.IndexAny(full, "!\"#$%&'()*,:;<=>?[\\]^`{|} "); i >= 0 {
		return "", fmt.Errorf("the import path %q holds %q, which Go does not allow", full, full[i])
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
