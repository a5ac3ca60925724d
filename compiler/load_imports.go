package compiler

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/gridrpc/gridc/idl"
)

// followImports loads what a source imports. A file that cannot be loaded is
// said at its import and leaves a link without a target.
func (l *loader) followImports(s *gridFile) {
	seen := make(map[string]*fileImport)
	for _, decl := range s.file.Imports {
		link := &fileImport{decl: decl}
		if !l.checkImportPath(s, decl) {
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
		if link.to != nil {
			if !l.isNewImport(seen, link) {
				continue
			}
			seen[link.name] = link
		}
		s.imports = append(s.imports, link)
	}
}

func (l *loader) report(id string, at idl.Span, format string, args ...any) finding {
	f := newFinding(idl.SeverityError, id, at, format, args...)
	l.found = append(l.found, f.d)
	return f
}

// checkImportPath says whether a path can be followed at all.
func (l *loader) checkImportPath(s *gridFile, decl *idl.Import) bool {
	fault := importPathFault(decl.Path)
	if fault == "" {
		return true
	}
	f := l.report("import-invalid", decl.PathAt, "%s", fault)
	switch p := decl.Path; {
	case strings.Contains(p, `\`) && !filepath.IsAbs(p):
		f.fix("use `/`", decl.PathAt, quoted(strings.ReplaceAll(p, `\`, "/")))
	case builtinImports[p] != "":
		f.help("%s", builtinImports[p])
	case p != "" && !path.IsAbs(p) && !filepath.IsAbs(p) && !strings.HasSuffix(p, ".grid"):
		other := gridPathFor(p)
		_, err := l.opts.ReadFile(path.Join(path.Dir(s.path), other))
		f.fix("write "+quoted(other), decl.PathAt, quoted(other)).guess(err == nil)
	}
	return false
}

// gridPathFor is the .grid file that stands for a file of another language.
func gridPathFor(p string) string {
	switch ext := path.Ext(p); ext {
	case ".proto", ".thrift", ".fbs", ".capnp", ".avdl":
		p = strings.TrimSuffix(p, ext)
	}
	return p + ".grid"
}

// builtinImports are what people import although there is nothing to import, and
// what to do about it.
var builtinImports = map[string]string{
	"time":                             "remove it: `time` and `duration` are built in",
	"uuid":                             "remove it: `uuid` is built in",
	"github.com/google/uuid":           "remove it: `uuid` is built in",
	"encoding/json":                    "remove it: `raw` is built in",
	"google/protobuf/timestamp.proto":  "remove it: `time` is built in",
	"google/protobuf/duration.proto":   "remove it: `duration` is built in",
	"google/protobuf/any.proto":        "remove it: `raw` is built in",
	"google/protobuf/struct.proto":     "remove it: `raw` is built in",
	"google/protobuf/wrappers.proto":   "remove it: every field may be optional, as `string?` is",
	"google/protobuf/empty.proto":      "remove it: `rpc Name() = 1` takes nothing and answers nothing",
	"google/protobuf/descriptor.proto": "remove it: annotations are built in",
}

// importPathFault says why a path cannot be followed; it is empty for most.
func importPathFault(p string) string {
	switch {
	case p == "":
		return "an import names a .grid file"
	case path.IsAbs(p) || filepath.IsAbs(p):
		return fmt.Sprintf("an import is relative to the importing file, `%s` is not", p)
	case strings.Contains(p, `\`):
		return "an import is separated by `/` on every system"
	case !strings.HasSuffix(p, ".grid"):
		return fmt.Sprintf("an import names a .grid file, `%s` is none", p)
	}
	return ""
}

func quoted(s string) string { return `"` + s + `"` }

func (l *loader) importFailed(s *gridFile, decl *idl.Import, err error) {
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
		f.help("did you mean `%s`?", spelt).fix("import `"+spelt+"`", decl.PathAt, quoted(spelt)).guess(false)
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
func (l *loader) isNewImport(seen map[string]*fileImport, link *fileImport) bool {
	for _, other := range seen {
		if other.to == link.to {
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
