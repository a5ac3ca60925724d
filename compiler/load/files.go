package load

import (
	"maps"
	"slices"
)

// Files lists the .grid files that arguments stand for, each once, by the same
// rules as [Load]: a folder stands for every .grid file below it.
func Files(opts Options, paths ...string) ([]string, error) {
	files, err := opts.WithDefaults().expandAll(paths)
	seen := make(map[string]bool)
	return slices.DeleteFunc(files, func(file string) bool {
		again := seen[file]
		seen[file] = true
		return again
	}), err
}

// Inputs lists all files that [Load] would read for the arguments, imported ones
// included, and those that it would look for in vain.
func Inputs(opts Options, paths ...string) ([]string, error) {
	l := newLoader(opts)
	if err := l.loadAll(paths); err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(l.parsed)), nil
}
