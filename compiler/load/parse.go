package load

import (
	"path"

	"github.com/gridrpc/gridc/compiler/internal/parallel"
	"github.com/gridrpc/gridc/idl"
)

// parsed is a file that was read and parsed, or could not be read.
type parsed struct {
	tree *idl.File
	ds   []*idl.Diagnostic
	err  error
}

// parse reads and parses one file. It is safe for concurrent use.
func (l *loader) parse(file string) *parsed {
	text, err := l.opts.ReadFile(file)
	if err != nil {
		return &parsed{err: err}
	}
	tree, ds := l.opts.Parse(file, text)
	return &parsed{tree: tree, ds: ds}
}

// prefetch parses files side by side, for load to pick up: parsing is most of
// the work of loading, and no file depends on another until names are resolved.
func (l *loader) prefetch(files []string) {
	var todo []string
	for _, file := range files {
		if _, known := l.parsed[file]; !known {
			l.parsed[file] = nil
			todo = append(todo, file)
		}
	}
	results := make([]*parsed, len(todo))
	parallel.Each(len(todo), func(i int) { results[i] = l.parse(todo[i]) })
	for i, file := range todo {
		l.parsed[file] = results[i]
	}
}

// prefetchImports prefetches what the sources import.
func (l *loader) prefetchImports(sources []*File) {
	var files []string
	for _, s := range sources {
		for _, decl := range s.Tree.Imports {
			if importPathFault(decl.Path) == "" {
				files = append(files, path.Join(path.Dir(s.Path), decl.Path))
			}
		}
	}
	l.prefetch(files)
}

// realPath is Options.RealPath, which is asked once for each path.
func (l *loader) realPath(file string) (string, error) {
	if key, known := l.keys[file]; known {
		return key, nil
	}
	key, err := l.opts.RealPath(file)
	if err == nil {
		l.keys[file] = key
	}
	return key, err
}
