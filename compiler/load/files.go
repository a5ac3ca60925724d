package load

import (
	"maps"
	"path"
	"path/filepath"
	"slices"
)

// Files lists the .grid files that arguments stand for, each once, by the same
// rules as [Load]: a folder stands for every .grid file below it.
func Files(opts Options, paths ...string) ([]string, error) {
	l := &Loader{opts: opts.WithDefaults()}
	var files []string
	seen := make(map[string]bool)
	for _, arg := range paths {
		found, err := l.expand(path.Clean(filepath.ToSlash(arg)))
		if err != nil {
			return nil, err
		}
		for _, file := range found {
			if !seen[file] {
				seen[file] = true
				files = append(files, file)
			}
		}
	}
	return files, nil
}

// Inputs lists all files that [Load] would read for the arguments, imported ones
// included, and those that it would look for in vain.
func Inputs(opts Options, paths ...string) ([]string, error) {
	l := NewLoader(opts)
	if err := l.loadAll(paths); err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(l.parsed)), nil
}
