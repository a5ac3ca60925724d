package stubs

import (
	"path"
	"slices"

	"github.com/gridrpc/gridc/compiler/emit"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
)

// cachedFile is a generated file without its place, which is no part of it.
type cachedFile struct {
	Name    string
	Content []byte
}

// packageKeys name the cache entries of all packages of a schema.
type packageKeys struct {
	cache *Cache
	text  map[*ir.Package]string
	path  map[*ir.Package]string // Go import path
}

// Generated implements Cache.
func (c *Cache) Generated(s *ir.Schema, paths map[*ir.Package]string) func(*ir.Package, emit.Target, func() ([]emit.Output, error)) ([]emit.Output, error) {
	return c.keys(s, paths).generate
}

func (c *Cache) keys(s *ir.Schema, paths map[*ir.Package]string) *packageKeys {
	k := &packageKeys{cache: c, text: make(map[*ir.Package]string), path: paths}
	byFile := make(map[string]string)
	for _, file := range load.LoadedFor(s.Origin).Files {
		byFile[file.Path] = string(file.Tree.Source)
	}
	for _, p := range s.Packages {
		for _, file := range p.AllFiles() {
			k.text[p] += path.Base(file) + "\x00" + byFile[file] + "\x00"
		}
	}
	return k
}

// key depends on all that the code of a package follows from: its text, the name
// of its file, its import path, and the same of what it imports, however far
// away. Without a text there is no key.
func (k *packageKeys) key(p *ir.Package) string {
	var parts []string
	seen := make(map[*ir.Package]bool)
	var visit func(*ir.Package)
	visit = func(p *ir.Package) {
		if seen[p] {
			return
		}
		seen[p] = true
		parts = append(parts, path.Base(p.Path), p.Name, k.path[p], k.text[p])
		for _, imported := range p.Imports {
			visit(imported)
		}
	}
	visit(p)
	if slices.ContainsFunc(parts, func(s string) bool { return s == "" }) {
		return ""
	}
	return k.cache.cacheKey("package", parts...)
}

// generate is what generate returns, or has returned the last time.
func (k *packageKeys) generate(p *ir.Package, t emit.Target, generate func() ([]emit.Output, error)) ([]emit.Output, error) {
	key := ""
	if k.cache != nil {
		key = k.key(p)
	}
	var files []cachedFile
	if key != "" && k.cache.get(key, &files) {
		return placed(files, t), nil
	}
	outputs, err := generate()
	if err != nil || key == "" {
		return outputs, err
	}
	for _, o := range outputs {
		files = append(files, cachedFile{o.Target.Name, o.Content})
	}
	k.cache.put(key, files)
	return outputs, nil
}

// placed puts files where they belong.
func placed(files []cachedFile, t emit.Target) []emit.Output {
	outputs := make([]emit.Output, len(files))
	for i, f := range files {
		t.Name = f.Name
		outputs[i] = emit.Output{Path: t.Path(), Content: f.Content, Target: t}
	}
	return outputs
}
