package gogen

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/emit"
	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/compiler/ir"
)

// Nothing that a generated file declares, in whatever scope, has the name of
// something that the file imports. That holds for all generated files that are
// checked in, for the examples of this package, and for a schema whose packages,
// types, members and subroutes are called as the generated code calls what it
// declares.
func TestNothingHidesAnImport(t *testing.T) {
	locals := map[string]bool{}
	check := func(where string, outputs []emit.Output) {
		maps.Copy(locals, checkImports(t, where, outputs))
	}
	check("checked in", checkedIn(t))
	for _, file := range lab.TestFiles(t, "services/*.txtar") {
		check(file, generateArchive(t, txtar.Parse([]byte(lab.ReadTestFile(t, file)))))
	}
	for _, code := range diag.Codes() {
		if s := tryLoad(t, code.Right); s != nil {
			outputs, err := Generate(s, Options{})
			if err == nil {
				check(code.ID, outputs)
			}
		}
	}
	ofSchemas := map[string]bool{"disk": true, "shard": true, "other2": true} // subroutes
	if len(locals) < 40 {
		t.Fatalf("only %d locals were found: the test is wrong", len(locals))
	}
	for name := range locals {
		if ofSchemas[name] {
			continue
		}
		if base := strings.TrimRight(name, "0123456789"); !goname.TakenNames[base] && !strings.ContainsAny(name, upperCase) {
			t.Errorf("generated code declares %s: takenNames has to have it", name)
		}
	}
	maps.Copy(locals, goname.TakenNames)
	check("all locals", generateArchive(t, namedAsLocals(slices.Sorted(maps.Keys(locals)))))
}

const upperCase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// checkImports returns what files declare inside of functions and signatures, and
// fails for all that hides an import: of the file itself, or of another file of
// the package where it is declared at package level.
func checkImports(t *testing.T, where string, outputs []emit.Output) map[string]bool {
	t.Helper()
	globals, locals := map[string]map[string]bool{}, map[string]bool{}
	imports := make([]map[string]string, len(outputs))
	for i, o := range outputs {
		file, err := parser.ParseFile(token.NewFileSet(), o.Path, o.Content, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		imports[i] = importsOf(t, o.Path, file)
		local, global := declaredNames(file)
		for name := range local {
			if imports[i][name] != "" {
				t.Errorf("%s: %s declares %s, which hides the import of %s", where, o.Path, name, imports[i][name])
			}
		}
		maps.Copy(locals, local)
		folder := path.Dir(filepath.ToSlash(o.Path))
		if globals[folder] == nil {
			globals[folder] = map[string]bool{}
		}
		maps.Copy(globals[folder], global)
	}
	for i, o := range outputs {
		for name, imported := range imports[i] {
			if globals[path.Dir(filepath.ToSlash(o.Path))][name] {
				t.Errorf("%s: %s imports %s as %s, which its package declares", where, o.Path, imported, name)
			}
		}
	}
	return locals
}

// importsOf are the imports of a file, by name.
func importsOf(t *testing.T, name string, file *ast.File) map[string]string {
	t.Helper()
	imports := map[string]string{}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		as := path.Base(imported)
		if spec.Name != nil {
			as = spec.Name.Name
		}
		if imports[as] != "" {
			t.Errorf("%s imports both %s and %s as %s", name, imports[as], imported, as)
		}
		imports[as] = imported
	}
	return imports
}

// checkedIn are all generated files of the repository.
func checkedIn(t *testing.T) []emit.Output {
	t.Helper()
	var outputs []emit.Output
	err := filepath.WalkDir("../..", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, fileEnding) {
			return err
		}
		content, err := os.ReadFile(file)
		outputs = append(outputs, emit.Output{Path: file, Content: content})
		return err
	})
	if err != nil || len(outputs) < 20 {
		t.Fatalf("%d generated files, %v", len(outputs), err)
	}
	return outputs
}

// tryLoad loads an example, or returns nil for one that is no whole schema.
func tryLoad(t *testing.T, example diag.Example) *ir.Schema {
	t.Helper()
	files := lab.Memory{}
	for _, f := range example {
		files[f.Name] = f.Text
	}
	if _, ok := files[diag.MainFile]; !ok {
		return nil
	}
	s, _, err := check.Load(files.Options(), diag.MainFile)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// namedAsLocals is a schema in which everything is called as a local of generated
// code is: a package for each name, also with a number behind it and with a
// capital, and the types of all of them in every place where a type can stand.
func namedAsLocals(locals []string) *txtar.Archive {
	var names []string
	for i, name := range locals {
		variants := []string{name, name + "2"}
		if i%8 == 0 {
			variants = append(variants, name+"grid", strings.ToUpper(name[:1])+name[1:]+"X")
		}
		for _, name := range variants {
			if !slices.ContainsFunc(names, func(other string) bool { return strings.EqualFold(other, name) }) && goname.PackageNameFault(name) == "" {
				names = append(names, name)
			}
		}
	}
	archive, main, types := &txtar.Archive{}, new(strings.Builder), new(strings.Builder)
	add := func(name, text string) {
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(text)})
	}
	fmt.Fprintf(main, "package user\n\n")
	for i, name := range names {
		add(name+".grid", "package "+name+"\n\nmessage Thing {\n    a string = 1\n}\nenum Sort uint8 {\n    none = 0\n}\nunion Either {\n    t Thing = 1\n}\n"+
			"error Gone = \""+strings.ToLower(name)+".gone\"\nextern Out = \"example.com/"+name+".Out\"\n")
		fmt.Fprintf(main, "import %q\n", name+".grid")
		typeName := name
		if ir.Builtin(name) != 0 {
			typeName += "_type"
		}
		fmt.Fprintf(types, membersOfAll, name, i+1, typeName)
	}
	add(diag.MainFile, main.String()+types.String())
	return archive
}

// membersOfAll uses all that a package declares. The type, its fields and the
// subroute have the name of the package.
const membersOfAll = `
@limit(4KiB)
message %[3]s {
    %[1]s        map[string]%[1]s.Thing                = 1
    %[1]s_list   []%[1]s.Thing                         = 2
    %[1]s_deep   map[int8]map[string][][]%[1]s.Thing   = 3
    %[1]s_kinds  map[string][]%[1]s.Sort               = 4
    %[1]s_maybe  %[1]s.Sort?                           = 5
    %[1]s_out    %[1]s.Out                             = 6
    %[1]s_outs   map[string]%[1]s.Out                  = 7
    %[1]s_either map[string]%[1]s.Either               = 8
    %[1]s_one    %[1]s.Thing?                          = 9
}
union %[1]s_u {
    is_%[1]s %[1]s.Thing            = 1
    %[1]s_l  []%[1]s.Thing          = 2
    %[1]s_m  map[string]%[1]s.Thing = 3
    %[1]s_o  %[1]s.Out              = 4
    %[1]s_k  %[1]s.Sort             = 5
}
service %[1]s_s {
    subroute %[1]s
    @reuse
    rpc %[1]s(%[1]s.Thing) %[1]s.Thing = %[2]d01 {
        errors %[1]s.Gone
    }
    rpc %[1]s_b(%[1]s.Out) bytes = %[2]d02
    stream %[1]s_c(%[1]s.Either) = %[2]d03 {
        in %[1]s.Thing
        out %[1]s.Out
    }
    stream %[1]s_d() = %[2]d04 {
        out %[1]s.Either
    }
}
`
