package compiler

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/idl"
)

// Options says where .grid files come from. The zero Options read the file
// system of the machine. Paths are slash-separated.
type Options struct {
	ReadFile func(path string) ([]byte, error)
	// ReadDir lists a folder; it fails for a file. It may be nil beside a
	// ReadFile of one's own: then only files can be named.
	ReadDir func(path string) ([]fs.DirEntry, error)
	// RealPath gives the same answer for every path to the same file; when it
	// is nil beside a ReadFile of one's own, paths are only cleaned.
	RealPath func(path string) (string, error)
}

// Load parses the named files with everything they import, resolves all names
// and checks all rules. A folder stands for every .grid file below it, except in
// gen, vendor, testdata, node_modules and folders that start with `.` or `_`.
//
// The diagnostics are sorted; while one of them is an error, the schema is nil.
// The error is for arguments that cannot be read at all.
func Load(opts Options, paths ...string) (*Schema, []*idl.Diagnostic, error) {
	l := &loader{opts: opts.withDefaults(), byKey: make(map[string]*source)}
	if err := l.loadRoots(paths); err != nil {
		return nil, nil, err
	}
	for i := 0; i < len(l.sources); i++ { // grows while it is walked
		l.followImports(l.sources[i])
	}
	c := newChecker(l.sources, l.found)
	schema := c.check()
	ds := SortDiagnostics(c.found)
	if HasErrors(ds) {
		return nil, ds, nil
	}
	return schema, ds, nil
}

func (o Options) withDefaults() Options {
	if o.ReadFile == nil {
		o.ReadFile = os.ReadFile
		if o.ReadDir == nil {
			o.ReadDir = os.ReadDir
		}
		if o.RealPath == nil {
			o.RealPath = realPath
		}
	}
	if o.ReadDir == nil {
		o.ReadDir = func(string) ([]fs.DirEntry, error) { return nil, fs.ErrNotExist }
	}
	if o.RealPath == nil {
		o.RealPath = func(p string) (string, error) { return path.Clean(p), nil }
	}
	return o
}

func realPath(p string) (string, error) {
	abs, err := filepath.Abs(p)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

// loader reads sources, each once.
type loader struct {
	opts    Options
	sources []*source
	byKey   map[string]*source
	found   []*idl.Diagnostic
}

// loadRoots loads the arguments: files, and the files below folders.
func (l *loader) loadRoots(args []string) error {
	for _, arg := range args {
		files, err := l.expand(path.Clean(filepath.ToSlash(arg)))
		if err != nil {
			return err
		}
		for _, file := range files {
			s, err := l.load(file)
			if err != nil {
				return err
			}
			s.root = true
		}
	}
	return nil
}

// expand is the list of files that an argument stands for.
func (l *loader) expand(arg string) ([]string, error) {
	if _, err := l.opts.ReadDir(arg); err != nil {
		if !strings.HasSuffix(arg, ".grid") {
			if _, err := l.opts.ReadFile(arg); err != nil {
				return nil, err
			}
			return nil, fmt.Errorf("%s: not a .grid file", arg)
		}
		return []string{arg}, nil
	}
	files, err := l.walk(arg)
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: no .grid files in this folder", arg)
	}
	return files, err
}

func (l *loader) walk(dir string) ([]string, error) {
	entries, err := l.opts.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	var files []string
	for _, e := range entries {
		switch name := path.Join(dir, e.Name()); {
		case e.IsDir() && !isSkippedFolder(e.Name()):
			below, err := l.walk(name)
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

// load parses the file at the path, or finds the source that it already is.
func (l *loader) load(file string) (*source, error) {
	key, err := l.opts.RealPath(file)
	if err != nil {
		return nil, err
	}
	if s := l.byKey[key]; s != nil {
		return s, nil
	}
	text, err := l.opts.ReadFile(file)
	if err != nil {
		return nil, err
	}
	tree, ds := idl.Parse(file, text)
	s := &source{path: file, key: key, file: tree, syntax: ds}
	s.findBroken()
	l.sources = append(l.sources, s)
	l.byKey[key] = s
	l.found = append(l.found, ds...)
	return s, nil
}

// followImports loads what a source imports. A file that cannot be loaded is
// said at its import and leaves a link without a target.
func (l *loader) followImports(s *source) {
	seen := make(map[string]*importLink)
	for _, decl := range s.file.Imports {
		link := &importLink{decl: decl}
		if !l.checkImportPath(decl) {
			link.name = stem(decl.Path)
		} else if to, err := l.load(path.Join(path.Dir(s.path), decl.Path)); err != nil {
			l.importFailed(s, decl, err)
			link.name = stem(decl.Path)
		} else {
			link.to, link.name = to, to.name()
		}
		if decl.Alias != nil {
			link.name = decl.Alias.Name
		}
		if l.isNewImport(seen, link) {
			seen[link.name] = link
			s.imports = append(s.imports, link)
		}
	}
}

func (l *loader) report(id string, at idl.Span, format string, args ...any) finding {
	f := newFinding(idl.SeverityError, id, at, format, args...)
	l.found = append(l.found, f.d)
	return f
}

// checkImportPath says whether a path can be followed at all.
func (l *loader) checkImportPath(decl *idl.Import) bool {
	switch p := decl.Path; {
	case p == "":
		l.report("import-invalid", decl.PathAt, "an import names a .grid file")
	case path.IsAbs(p) || filepath.IsAbs(p):
		l.report("import-invalid", decl.PathAt, "an import is relative to the importing file, `%s` is not", p)
	case strings.Contains(p, `\`):
		l.report("import-invalid", decl.PathAt, "an import is separated by `/` on every system").
			fix("use `/`", decl.PathAt, quoted(strings.ReplaceAll(p, `\`, "/")))
	case !strings.HasSuffix(p, ".grid"):
		l.report("import-invalid", decl.PathAt, "an import names a .grid file, `%s` is none", p).
			fix("add the extension", decl.PathAt, quoted(p+".grid"))
	default:
		return true
	}
	return false
}

func quoted(s string) string { return `"` + s + `"` }

func (l *loader) importFailed(s *source, decl *idl.Import, err error) {
	if !errors.Is(err, fs.ErrNotExist) {
		if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
			err = pathErr.Err
		}
		l.report("import-unreadable", decl.PathAt, "cannot read `%s`: %v", decl.Path, err)
		return
	}
	file := path.Join(path.Dir(s.path), decl.Path)
	f := l.report("import-not-found", decl.PathAt, "there is no file `%s`", file)
	if near := l.nearestFile(file); near != "" {
		spelt := path.Join(path.Dir(decl.Path), near)
		f.help("did you mean `%s`?", spelt).fix("import `"+spelt+"`", decl.PathAt, quoted(spelt))
	}
}

// nearestFile is the .grid file in the same folder that a missing one may mean.
func (l *loader) nearestFile(file string) string {
	entries, err := l.opts.ReadDir(path.Dir(file))
	if err != nil {
		return ""
	}
	var names []string
	for _, e := range entries {
		if name := e.Name(); !e.IsDir() && strings.HasSuffix(name, ".grid") {
			names = append(names, stem(name))
		}
	}
	if near := nearest(stem(file), names); near != "" {
		return near + ".grid"
	}
	return ""
}

// isNewImport says whether neither the file nor its name was imported before.
func (l *loader) isNewImport(seen map[string]*importLink, link *importLink) bool {
	for _, other := range seen {
		if other.to != nil && other.to == link.to {
			l.report("import-duplicate", link.decl.Span, "`%s` is already imported", link.decl.Path).
				also(other.decl.Span, "first imported here")
			return false
		}
	}
	if other := seen[link.name]; other != nil {
		l.report("import-duplicate", link.decl.Span, "two imports are called `%s`", link.name).
			also(other.decl.Span, "the other one").
			help("give one of them another name: `import %s2 %s`", link.name, quoted(link.decl.Path))
		return false
	}
	return true
}
