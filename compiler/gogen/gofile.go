package gogen

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/emit"
	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
)

// Import paths that generated code uses.
const (
	gridPath  = "github.com/gridrpc/gridc/runtime"
	codecPath = "github.com/gridrpc/gridc/runtime/codec"
	msgpPath  = "github.com/tinylib/msgp/msgp"
)

// unit is one package that is being emitted.
type unit struct {
	Pkg   *ir.Package
	Paths map[*ir.Package]string // Go import path of the generated code of every package
}

// newFile starts a generated Go file of the unit: header, package clause, and
// the names under which other packages are imported. Emitters refer to them
// with jen.Qual and never write an import.
func (u unit) newFile() *jen.File {
	f := jen.NewFilePathName(u.Paths[u.Pkg], goname.PackageName(u.Pkg.Name))
	f.HeaderComment(CommentLine(emit.Header))
	f.HeaderComment(CommentLine("Source: " + emit.Sources(u.Pkg)))
	f.ImportAlias(gridPath, "grid")
	f.ImportName(codecPath, "codec")
	f.ImportName(msgpPath, "msgp")
	for _, i := range u.imports() {
		if i.alias {
			f.ImportAlias(i.path, i.name)
		} else {
			f.ImportName(i.path, i.name)
		}
	}
	return f
}

// newDocFile is newFile for the one file of the package that documents it.
func (u unit) newDocFile() *jen.File {
	f := u.newFile()
	lines := emit.DocLines(u.Pkg.Doc)
	if len(lines) == 0 {
		lines = []string{"Package " + goname.PackageName(u.Pkg.Name) + " is the generated code of " + emit.Sources(u.Pkg) + "."}
	}
	for _, line := range lines {
		f.PackageComment(CommentLine(line))
	}
	return f
}

// qual refers to an exported name of the generated code of p, which may be the
// unit's own package.
func (u unit) qual(p *ir.Package, goName string) *jen.Statement {
	if p == nil || p == u.Pkg {
		return jen.Id(goName)
	}
	return jen.Qual(u.Paths[p], goName)
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// externAlias is the name under which the package of an extern is imported. The
// clause of that package is not known here, so the import always spells a name.
func externAlias(path string) string {
	parts := strings.Split(path, "/")
	last := parts[len(parts)-1]
	if len(parts) > 1 && majorVersion.MatchString(last) {
		last = parts[len(parts)-2]
	}
	last = strings.TrimSuffix(strings.TrimPrefix(last, "go-"), ".go")
	alias := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(last))
	if alias == "" || alias[0] <= '9' || goname.IsTaken(alias) {
		return "ext" + alias
	}
	return alias
}

// goFile is a generated file: its code and, where that ends with an empty
// composite literal, what the literal holds.
type goFile struct {
	code *jen.File
	data literal
}

// render returns the text of the file.
func (f goFile) render() ([]byte, error) {
	text, err := renderFile(f.code)
	if err != nil || len(f.data.body) == 0 {
		return text, err
	}
	text, found := bytes.CutSuffix(text, []byte("{}\n"))
	if !found {
		return nil, errors.New("nothing holds its data")
	}
	return append(f.data.append(text, 0), '\n'), nil
}

// renderFile returns the text of a generated file: formatted, its imports in
// two groups as goimports has them, and a line end at its end.
func renderFile(f *jen.File) ([]byte, error) {
	var b bytes.Buffer
	if err := f.Render(&b); err != nil {
		return nil, err
	}
	text := bytes.TrimRight(b.Bytes(), "\n")
	return append(groupImports(text), '\n'), nil
}

// groupImports sets an empty line between the imports of the standard library
// and the others. jennifer writes one block, sorted by path, one a line.
func groupImports(text []byte) []byte {
	const opening, closing = "\nimport (\n", "\n)\n"
	head, rest, found := bytes.Cut(text, []byte(opening))
	block, tail, closed := bytes.Cut(rest, []byte(closing))
	if !found || !closed {
		return text
	}
	var std, others [][]byte
	for line := range bytes.SplitSeq(block, []byte("\n")) {
		path := line[bytes.IndexByte(line, '"')+1:]
		if host, _, _ := bytes.Cut(path, []byte("/")); bytes.IndexByte(host, '.') < 0 {
			std = append(std, line)
		} else {
			others = append(others, line)
		}
	}
	if len(std) > 0 && len(others) > 0 {
		std = append(std, nil)
	}
	block = bytes.Join(append(std, others...), []byte("\n"))
	return slices.Concat(head, []byte(opening), block, []byte(closing), tail)
}

// oneLine is the body of a function that has one statement: gofmt leaves it on the
// line of the function where there is room.
func oneLine(statement jen.Code) *jen.Statement { return jen.Op("{").Add(statement).Op("}") }
