package load

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/idl"
)

// loadSiblings loads the other files of a file's package: those of its folder that name
// the same one. What cannot be read is no part of any.
func (l *loader) loadSiblings(s *File) {
	if s.Tree.Package == nil {
		return
	}
	parts := l.beside(path.Dir(s.Path))
	name := s.Tree.Package.Name
	for _, file := range parts[name] {
		_, _ = l.load(file) // it was readable a moment ago; where it is not now, it is no part
	}
	delete(parts, name) // all of them are loaded
}

// beside returns the .grid files of a folder by their packages.
func (l *loader) beside(folder string) map[string][]string {
	parts, known := l.folders[folder]
	if known {
		return parts
	}
	parts = make(map[string][]string)
	for _, file := range l.opts.besides(folder) {
		if name := l.packageOf(file); name != "" {
			parts[name] = append(parts[name], file)
		}
	}
	l.folders[folder] = parts
	return parts
}

// packageOf is the package that a file declares, or "" when it does not say.
func (l *loader) packageOf(file string) string {
	if p := l.parsed[file]; p != nil && p.tree != nil {
		if p.tree.Package == nil {
			return ""
		}
		return p.tree.Package.Name
	}
	text, err := l.opts.ReadFile(file)
	if err != nil {
		return ""
	}
	return PackageOf(text)
}

// besides lists the .grid files of a folder; none where that cannot be listed. The options
// have their defaults.
func (o Options) besides(folder string) []string {
	entries, err := o.ReadDir(folder)
	if err != nil {
		return nil
	}
	var files []string
	for _, e := range entries {
		if name := e.Name(); !e.IsDir() && strings.HasSuffix(name, ".grid") && !strings.HasPrefix(name, ".") {
			files = append(files, path.Join(folder, name))
		}
	}
	slices.Sort(files)
	return files
}

// Beside lists the .grid files in the folders of files, those files included: each may be
// a part of their packages, or become one.
func Beside(opts Options, files []string) []string {
	opts = opts.WithDefaults()
	all, seen := slices.Clone(files), make(map[string]bool)
	for _, file := range files {
		if folder := path.Dir(file); !seen[folder] {
			seen[folder] = true
			all = append(all, opts.besides(folder)...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// PackageOf is the package that a .grid file declares, or "" when it does not say. The
// clause comes first, so that commonly a line is all there is to parse.
func PackageOf(source []byte) string {
	for line := range bytes.Lines(source) {
		line = bytes.TrimSpace(line)
		if bytes.HasPrefix(line, []byte("package ")) {
			if file, ds := idl.Parse("", line); len(ds) == 0 {
				return file.Package.Name
			}
		}
		if len(line) > 0 && !bytes.HasPrefix(line, []byte("//")) {
			break
		}
	}
	file, _ := idl.Parse("", source)
	if file.Package == nil {
		return ""
	}
	return file.Package.Name
}
