package compiler

import (
	"path"
	"slices"
)

// cachedFile is a generated file without its place, which is no part of it.
type cachedFile struct {
	Name    string
	Content []byte
}

// packageKeys name the cache entries of all packages of a schema.
type packageKeys struct {
	cache *Cache
	text  map[*Package]string
	path  map[*Package]string // Go import path
}

// generated implements PackageCache.
func (c *Cache) generated(s *Schema, paths map[*Package]string) func(*Package, target, func() ([]Output, error)) ([]Output, error) {
	return c.keys(s, paths).generate
}

func (c *Cache) keys(s *Schema, paths map[*Package]string) *packageKeys {
	k := &packageKeys{cache: c, text: make(map[*Package]string), path: paths}
	for _, src := range treesOf(s).sources {
		k.text[src.pkg] = string(src.file.Source)
	}
	return k
}

// key depends on all that the code of a package follows from: its text, the name
// of its file, its import path, and the same of what it imports, however far
// away. Without a text there is no key.
func (k *packageKeys) key(p *Package) string {
	var parts []string
	seen := make(map[*Package]bool)
	var visit func(*Package)
	visit = func(p *Package) {
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
func (k *packageKeys) generate(p *Package, t target, generate func() ([]Output, error)) ([]Output, error) {
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
		files = append(files, cachedFile{o.target.name, o.Content})
	}
	k.cache.put(key, files)
	return outputs, nil
}

// placed puts files where they belong.
func placed(files []cachedFile, t target) []Output {
	outputs := make([]Output, len(files))
	for i, f := range files {
		t.name = f.Name
		outputs[i] = Output{Path: t.path(), Content: f.Content, target: t}
	}
	return outputs
}
