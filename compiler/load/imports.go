package load

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/idl"
)

// followImports loads what a source imports. A file that cannot be loaded is
// said at its import and leaves a link without a target.
func (l *loader) followImports(s *File) {
	seen := make(map[string]*Import)
	for _, decl := range s.Tree.Imports {
		link := &Import{Decl: decl}
		if !l.checkImportPath(s, decl) {
			link.Name = stem(decl.Path)
		} else if to, err := l.load(path.Join(path.Dir(s.Path), decl.Path)); err != nil {
			l.importFailed(s, decl, err)
			link.Name = stem(decl.Path)
		} else {
			link.To, link.Name = to, to.Name()
		}
		if decl.Alias != nil {
			link.Name = decl.Alias.Name
		}
		if link.To != nil {
			if !l.isNewImport(seen, link) {
				continue
			}
			seen[link.Name] = link
		}
		s.Imports = append(s.Imports, link)
	}
}

func (l *loader) report(id string, at idl.Span, format string, args ...any) diag.Finding {
	f := diag.NewFinding(idl.SeverityError, id, at, format, args...)
	l.found = append(l.found, f.D)
	return f
}

// checkImportPath says whether a path can be followed at all.
func (l *loader) checkImportPath(s *File, decl *idl.Import) bool {
	fault := importPathFault(decl.Path)
	if fault == "" {
		return true
	}
	f := l.report("import-invalid", decl.PathAt, "%s", fault)
	switch p := decl.Path; {
	case strings.Contains(p, `\`) && !filepath.IsAbs(p):
		f.Fix("use `/`", decl.PathAt, Quoted(strings.ReplaceAll(p, `\`, "/")))
	case builtinImports[p] != "":
		f.Help("%s", builtinImports[p])
	case p != "" && !path.IsAbs(p) && !filepath.IsAbs(p) && !strings.HasSuffix(p, ".grid"):
		other := gridPathFor(p)
		_, err := l.opts.ReadFile(path.Join(path.Dir(s.Path), other))
		f.Fix("write "+Quoted(other), decl.PathAt, Quoted(other)).Guess(err == nil)
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
		return fmt.Sprintf("an import names a .grid file, and `%s` is not one", p)
	}
	return ""
}

// Quoted is a path as an import spells it.
func Quoted(s string) string { return `"` + s + `"` }

func (l *loader) importFailed(s *File, decl *idl.Import, err error) {
	if !errors.Is(err, fs.ErrNotExist) {
		if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
			err = pathErr.Err
		}
		l.report("import-unreadable", decl.PathAt, "cannot read `%s`: %v", decl.Path, err)
		return
	}
	file := path.Join(path.Dir(s.Path), decl.Path)
	f := l.report("import-not-found", decl.PathAt, "there is no file `%s`", file)
	if near := l.nearestFile(file); near != "" {
		spelt := path.Join(path.Dir(decl.Path), near)
		f.Help("did you mean `%s`?", spelt).Fix("import `"+spelt+"`", decl.PathAt, Quoted(spelt)).Guess(false)
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
	if near := idl.Nearest(stem(file), names); near != "" {
		return near + ".grid"
	}
	return ""
}

// isNewImport says whether neither the file nor its name was imported before.
func (l *loader) isNewImport(seen map[string]*Import, link *Import) bool {
	for _, other := range seen {
		if other.To == link.To {
			l.report("import-duplicate", link.Decl.Span, "`%s` is already imported", link.Decl.Path).
				Also(other.Decl.Span, "first imported here")
			return false
		}
		if other.To.SharesPackage(link.To) {
			l.report("import-duplicate", link.Decl.Span, "`%s` belongs to the package `%s`, which is already imported", link.Decl.Path, link.To.Package()).
				Also(other.Decl.Span, "imported here").
				Help("the import of one file includes its whole package")
			return false
		}
	}
	if other := seen[link.Name]; other != nil {
		l.report("import-duplicate", link.Decl.Span, "two imports are called `%s`", link.Name).
			Also(other.Decl.Span, "the other one").
			Help("give one of them another name: `import %s2 %s`", link.Name, Quoted(link.Decl.Path))
		return false
	}
	return true
}
