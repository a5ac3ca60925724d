package load

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// loadRoots loads the arguments: files, and the files below folders.
func (l *loader) loadRoots(args []string) error {
	files, err := l.opts.expandAll(args)
	if err != nil {
		return err
	}
	l.prefetch(files)
	for _, file := range files {
		s, err := l.load(file)
		if err != nil {
			return err
		}
		s.Root = true
	}
	return nil
}

// ErrNoFiles is the error for a folder without .grid files.
var ErrNoFiles = errors.New("no .grid files in this folder")

// expandAll is the list of files that arguments stand for.
func (o Options) expandAll(args []string) ([]string, error) {
	var files []string
	for _, arg := range args {
		found, err := o.expand(path.Clean(filepath.ToSlash(arg)))
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	return files, nil
}

// expand is the list of files that an argument stands for.
func (o Options) expand(arg string) ([]string, error) {
	if _, err := o.ReadDir(arg); err != nil {
		if !strings.HasSuffix(arg, ".grid") {
			if _, err := o.ReadFile(arg); err != nil {
				return nil, err
			}
			return nil, fmt.Errorf("%s: not a .grid file", arg)
		}
		return []string{arg}, nil
	}
	files, err := o.Walk(arg)
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: %w", arg, ErrNoFiles)
	}
	return files, err
}

// Walk lists the .grid files below a folder, in the order of their paths. The options
// have their defaults.
func (o Options) Walk(dir string) ([]string, error) {
	entries, err := o.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	var files []string
	for _, e := range entries {
		switch name := path.Join(dir, e.Name()); {
		case e.IsDir() && !isSkippedFolder(e.Name()):
			below, err := o.Walk(name)
			if err != nil {
				return nil, err
			}
			files = append(files, below...)
		case !e.IsDir() && strings.HasSuffix(name, ".grid") && !strings.HasPrefix(e.Name(), "."):
			files = append(files, name)
		}
	}
	return files, nil
}

func isSkippedFolder(name string) bool {
	switch name {
	case "gen", "vendor", "testdata", "node_modules":
		return true
	}
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
}
