package gridc_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// modulePath is the import path of this module.
const modulePath = "github.com/gridrpc/gridc"

// A direction says what the packages below one folder may import, apart from
// the standard library and from packages below that same folder.
type direction struct {
	inside  []string // folders of this module
	outside []string // import path prefixes of other modules
}

// directions is the architecture in one table: cmd → compiler → idl,
// cmd → runtime, examples → runtime, compiler → runtime/schema ← runtime. The longest folder
// that holds a package decides. A new top-level folder needs a line here.
var directions = map[string]direction{
	"idl": {
		outside: []string{"github.com/alecthomas/participle/v2"},
	},
	"compiler": {
		inside: []string{"idl", "runtime/schema"},
	},
	"compiler/diag": {
		inside: []string{"idl"},
	},
	"compiler/goname": {
		outside: []string{"github.com/dave/jennifer"}, // the words it reserves
	},
	// An emitter sees ir: never files or trees.
	"compiler/ir": {
		inside: []string{"idl", "compiler/diag", "runtime/schema"},
	},
	"compiler/emit": {
		inside: []string{"compiler/ir", "compiler/goname"},
	},
	"compiler/gogen": {
		inside:  []string{"compiler/emit", "compiler/ir", "compiler/goname", "compiler/diag", "compiler/internal/parallel", "runtime/schema"},
		outside: []string{"github.com/dave/jennifer"},
	},
	"compiler/tsgen": {
		inside: []string{"compiler/emit", "compiler/ir", "compiler/goname", "compiler/diag"},
	},
	"compiler/load": {
		inside: []string{"idl", "compiler/diag", "compiler/goname", "compiler/internal/parallel"},
	},
	"compiler/check": {
		inside: []string{"idl", "compiler/load", "compiler/ir", "compiler/goname", "compiler/diag"},
	},
	"compiler/lint": {
		inside: []string{"idl", "compiler/load", "compiler/ir", "compiler/goname", "compiler/diag"},
	},
	"compiler/breaking": {
		inside: []string{"idl", "compiler/check", "compiler/load", "compiler/ir", "compiler/diag", "compiler/internal/parallel", "runtime/schema"},
	},
	"compiler/stubs": {
		inside:  []string{"idl", "compiler/emit", "compiler/gogen", "compiler/goname", "compiler/load", "compiler/ir", "compiler/internal/atomicfile", "compiler/internal/parallel"},
		outside: []string{"github.com/rogpeppe/go-internal/diff"},
	},
	"compiler/internal/atomicfile": {},
	"compiler/internal/parallel":   {},
	// For tests alone.
	"compiler/internal/lab": {
		inside: []string{"idl", "compiler/check", "compiler/load", "compiler/ir", "compiler/diag"},
	},
	"internal/tree": {},
	// What calls nodes knows no .grid files.
	"cmd/gridc/internal/proto": {inside: []string{"compiler/goname"}},
	"cmd/gridc/internal/call": {
		inside: []string{"idl", "runtime"},
	},
	"cmd/gridc/internal/reference": {inside: []string{"compiler/ir", "compiler/goname"}},
	// What shows nodes knows what their pages say, and no more of the runtime.
	"cmd/gridc/internal/top": {
		inside: []string{"runtime/observe", "runtime/status"},
	},
	// The language server, from the ground up; the package itself uses all of them.
	"cmd/gridc/internal/lsp/wire":      {},
	"cmd/gridc/internal/lsp/text":      {},
	"cmd/gridc/internal/lsp/proto":     {inside: []string{"cmd/gridc/internal/lsp/text"}},
	"cmd/gridc/internal/lsp/index":     {inside: []string{"idl", "compiler/load"}},
	"cmd/gridc/internal/lsp/workspace": {inside: []string{"idl", "compiler", "cmd/gridc/internal/lsp/text", "cmd/gridc/internal/lsp/index"}},
	"cmd/gridc/internal/lsp/review":    {inside: []string{"compiler", "runtime/schema"}},
	"cmd/gridc/internal/lsp/feature": {inside: []string{
		"idl", "compiler", "runtime/schema", "cmd/gridc/internal/lsp/index", "cmd/gridc/internal/lsp/proto", "cmd/gridc/internal/lsp/review",
		"cmd/gridc/internal/lsp/text", "cmd/gridc/internal/lsp/workspace",
	}},
	"cmd/gridc/internal/lsp": {},
	"cmd": {
		inside: []string{"compiler", "idl", "runtime"},
		outside: []string{
			"github.com/alecthomas/kong",
			"github.com/rogpeppe/go-internal/diff",
		},
	},
	"runtime": {
		outside: []string{
			"github.com/gobwas/ws",
			"github.com/tinylib/msgp",
			"github.com/zeebo/xxh3",
		},
	},
	// The rooms of the runtime, from the ground up; the package itself may use all. A new
	// one needs a line here.
	"runtime/status":                {outside: []string{"github.com/tinylib/msgp"}},
	"runtime/observe":               {inside: []string{"runtime/status"}},
	"runtime/internal/meter":        {inside: []string{"runtime/status"}},
	"runtime/internal/observers":    {inside: []string{"runtime/internal/node", "runtime/observe"}},
	"runtime/internal/recycle":      {},
	"runtime/internal/bufs":         {inside: []string{"runtime/codec", "runtime/internal/recycle"}},
	"runtime/internal/node":         {inside: []string{"runtime/internal/bufs", "runtime/internal/poll", "runtime/internal/thread", "runtime/status"}},
	"runtime/internal/wire":         {inside: []string{"runtime/internal/bufs", "runtime/status"}},
	"runtime/internal/lanes":        {inside: []string{"runtime/internal/wire"}},
	"runtime/internal/handshake":    {inside: []string{"runtime/internal/wire", "runtime/status"}, outside: []string{"github.com/zeebo/xxh3"}},
	"runtime/internal/websocket":    {inside: []string{"runtime/internal/bufs", "runtime/internal/poll", "runtime/internal/wire", "runtime/status"}, outside: []string{"github.com/gobwas/ws"}},
	"runtime/internal/mux/out":      {inside: []string{"runtime/observe", "runtime/internal/lanes", "runtime/internal/node", "runtime/internal/poll", "runtime/internal/websocket", "runtime/internal/wire"}, outside: []string{"github.com/gobwas/ws", "github.com/zeebo/xxh3"}},
	"runtime/internal/mux/large":    {inside: []string{"runtime/internal/bufs", "runtime/internal/lanes", "runtime/internal/mux/out", "runtime/internal/node", "runtime/internal/wire"}},
	"runtime/internal/mux/link":     {inside: []string{"runtime/internal/observers", "runtime/internal/handshake", "runtime/internal/mux/large", "runtime/internal/mux/out", "runtime/internal/node", "runtime/internal/wire", "runtime/status"}},
	"runtime/internal/mux/handlers": {inside: []string{"runtime/internal/meter", "runtime/internal/mux/out", "runtime/observe", "runtime/codec", "runtime/internal/lanes", "runtime/internal/mux/link", "runtime/internal/node", "runtime/internal/wire", "runtime/schema", "runtime/status"}},
	"runtime/internal/mux/calls":    {inside: []string{"runtime/internal/observers", "runtime/observe", "runtime/codec", "runtime/internal/bufs", "runtime/internal/lanes", "runtime/internal/mux/handlers", "runtime/internal/mux/large", "runtime/internal/mux/link", "runtime/internal/mux/out", "runtime/internal/node", "runtime/internal/wire", "runtime/status"}},
	"runtime/internal/mux/streams":  {inside: []string{"runtime/internal/observers", "runtime/observe", "runtime/internal/bufs", "runtime/internal/handshake", "runtime/internal/lanes", "runtime/internal/mux/handlers", "runtime/internal/mux/large", "runtime/internal/mux/link", "runtime/internal/mux/out", "runtime/internal/node", "runtime/internal/wire", "runtime/status"}},
	"runtime/internal/mux/channels": {inside: []string{"runtime/internal/mux/streams", "runtime/internal/node", "runtime/status"}},
	"runtime/internal/mux":          {inside: []string{"runtime/observe", "runtime/internal/observers", "runtime/internal/bufs", "runtime/internal/handshake", "runtime/internal/node", "runtime/internal/poll", "runtime/internal/websocket", "runtime/internal/wire", "runtime/schema", "runtime/status"}, outside: []string{"github.com/gobwas/ws", "github.com/zeebo/xxh3"}},
	"runtime/internal/thread":       {},
	"runtime/internal/poll":         {},
	"runtime/internal/secure":       {inside: []string{"runtime/internal/bufs", "runtime/internal/node", "runtime/internal/poll"}},
	"runtime/internal/memconn":      {inside: []string{"runtime/internal/poll"}},
	// A page about a node, of the standard library alone.
	"runtime/debug": {inside: []string{"runtime"}},
	// Policies for groups.
	"runtime/pick": {inside: []string{"runtime"}, outside: []string{"github.com/zeebo/xxh3"}},
	// For tests alone.
	"runtime/internal/peer":     {outside: []string{"github.com/zeebo/xxh3"}}, // it checks PROTOCOL.md: it must not share the code
	"runtime/internal/sim":      {inside: []string{"runtime"}},
	"runtime/internal/faults":   {inside: []string{"runtime"}},
	"runtime/internal/versions": {inside: []string{"runtime"}, outside: []string{"github.com/tinylib/msgp"}},
	"runtime/internal/trial":    {inside: []string{"runtime", "examples/gen"}, outside: []string{"github.com/tinylib/msgp"}},
	"runtime/gridtest":          {inside: []string{"runtime", "runtime/internal/memconn"}},
	// Linked into gridc as well, and into every generated package: small.
	"runtime/schema": {
		outside: []string{"github.com/tinylib/msgp", "github.com/zeebo/xxh3"},
	},
	"runtime/codec": {
		inside:  []string{"runtime/internal/recycle"},
		outside: []string{"github.com/tinylib/msgp"},
	},
	// Messages without generated code, for tools.
	"runtime/dynamic": {
		inside:  []string{"runtime/codec", "runtime/schema"},
		outside: []string{"github.com/tinylib/msgp"},
	},
	// Generated code that the compiler's tests run; the compiler never does.
	"compiler/internal/proof": {
		inside:  []string{"runtime"},
		outside: []string{"github.com/tinylib/msgp"},
	},
	// A Resolver of the standard library alone.
	"kube": {inside: []string{"runtime"}},
	"examples": {
		inside:  []string{"runtime", "kube"},
		outside: []string{"github.com/tinylib/msgp"},
	},
	// The program of the guide.
	"docs": {
		inside:  []string{"runtime"},
		outside: []string{"github.com/tinylib/msgp"},
	},
}

// testDirections names, for folders whose tests must keep to a rule as well,
// what these tests must never import.
var testDirections = map[string][]string{
	"idl":     {"compiler", "runtime", "cmd", "examples"},
	"runtime": {"compiler", "idl", "cmd"},
}

// requirements are the modules that go.mod may require directly. Peers to
// compare with and foreign WebSocket libraries live in bench and interop,
// which are modules of their own.
var requirements = []string{
	"github.com/alecthomas/kong",
	"github.com/alecthomas/participle/v2",
	"github.com/dave/jennifer",
	"github.com/gobwas/ws",
	"github.com/google/go-cmp",
	"github.com/rogpeppe/go-internal",
	"github.com/tinylib/msgp",
	"github.com/zeebo/xxh3",
	"go.uber.org/goleak",
}

// listed is the part of `go list -json` that these tests read.
type listed struct {
	ImportPath   string
	GoFiles      []string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Deps         []string
}

func TestDependenciesPointOneWay(t *testing.T) {
	standard := standardLibrary(t)
	for _, pkg := range goList(t, "./...") {
		folder := folderOf(pkg.ImportPath)
		home, rule, ok := directionOf(folder)
		if !ok {
			// The root holds tests alone, and the table speaks of all else.
			if folder != "." || len(pkg.Imports) > 0 {
				t.Errorf("%s lies in no folder that `directions` knows", pkg.ImportPath)
			}
			continue
		}
		if folder != home && (home == "compiler" || home == "runtime") {
			t.Errorf("%s needs a line of its own in `directions`", folder)
		}
		for _, imported := range pkg.Imports {
			if !standard[imported] && !rule.allows(home, imported) {
				t.Errorf("%s imports %s, which the direction of %s forbids", pkg.ImportPath, imported, home)
			}
		}
	}
}

func TestTestsKeepTheDirectionToo(t *testing.T) {
	for _, pkg := range goList(t, "./...") {
		for folder, forbidden := range testDirections {
			if !below(folderOf(pkg.ImportPath), folder) {
				continue
			}
			for _, imported := range slices.Concat(pkg.TestImports, pkg.XTestImports) {
				against := func(f string) bool { return isLocal(imported) && below(folderOf(imported), f) }
				if slices.ContainsFunc(forbidden, against) {
					t.Errorf("a test of %s imports %s", pkg.ImportPath, imported)
				}
			}
		}
	}
}

// The compiler must not drag the runtime in, nor the runtime the compiler, by
// any detour.
func TestNothingIsLinkedByADetour(t *testing.T) {
	for _, c := range []struct {
		pkg, without string
		except       string
	}{
		{pkg: "./compiler", without: "runtime", except: "runtime/schema"},
		{pkg: "./cmd/gridc/internal/call", without: "compiler"},
		{pkg: "./cmd/gridc/internal/top", without: "runtime/internal"},
		{pkg: "./runtime", without: "compiler"},
		{pkg: "./runtime", without: "idl"},
		{pkg: "./idl", without: "compiler"},
		{pkg: "./compiler", without: "compiler/internal/proof"},
		{pkg: "./compiler", without: "compiler/internal/lab"},
		{pkg: "./compiler/gogen", without: "compiler/load"},
		{pkg: "./compiler/gogen", without: "compiler/check"},
	} {
		for _, pkg := range goList(t, c.pkg) {
			for _, dep := range pkg.Deps {
				if !isLocal(dep) || !below(folderOf(dep), c.without) {
					continue
				}
				if c.except == "" || !below(folderOf(dep), c.except) {
					t.Errorf("%s links %s", pkg.ImportPath, dep)
				}
			}
		}
	}
}

func TestRequirementsAreTheKnownOnes(t *testing.T) {
	out, err := exec.Command("go", "mod", "edit", "-json").Output()
	if err != nil {
		t.Fatal(explain(err))
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	for _, r := range mod.Require {
		if !r.Indirect && !slices.Contains(requirements, r.Path) {
			t.Errorf("go.mod requires %s: does it belong into a module of its own?", r.Path)
		}
	}
}

// The table is only worth something if it says no.
func TestDirectionsForbid(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"runtime", modulePath + "/runtime/schema", true},
		{"runtime", "github.com/gobwas/ws", true},
		{"runtime", "github.com/gobwas/wsx", false},
		{"runtime", modulePath + "/idl", false},
		{"runtime", modulePath + "/compiler", false},
		{"runtime", "github.com/dave/jennifer/jen", false},
		{"runtime/internal/mux/calls", modulePath + "/runtime/internal/mux/streams", false},
		{"runtime/internal/mux/out", modulePath + "/runtime/internal/mux/calls", false},
		{"runtime/internal/wire", modulePath + "/runtime/internal/node", false},
		{"runtime/internal/peer", modulePath + "/runtime/internal/wire", false},
		{"runtime/schema", modulePath + "/runtime", false},
		{"runtime/schema", "github.com/gobwas/ws", false},
		{"compiler", modulePath + "/runtime/schema", true},
		{"compiler", modulePath + "/compiler/gogen", true},
		{"compiler/ir", modulePath + "/compiler/check", false},
		{"compiler/gogen", modulePath + "/compiler/ir", true},
		{"compiler/gogen", modulePath + "/compiler/load", false},
		{"compiler/gogen", modulePath + "/idl", false},
		{"compiler/check", modulePath + "/compiler", false},
		{"compiler", modulePath + "/runtime", false},
		{"compiler", modulePath + "/cmd/gridc", false},
		{"idl", modulePath + "/compiler", false},
		{"cmd/gridc", modulePath + "/compiler", true},
		{"examples/storage", modulePath + "/runtime", true},
		{"examples/storage", modulePath + "/compiler", false},
	} {
		home, rule, ok := directionOf(c.from)
		if !ok {
			t.Fatalf("no direction for %s", c.from)
		}
		if got := rule.allows(home, c.to); got != c.want {
			t.Errorf("may %s import %s? got %v, want %v", c.from, c.to, got, c.want)
		}
	}
}

// directionOf finds the rule with the longest folder that holds folder.
func directionOf(folder string) (home string, rule direction, ok bool) {
	for dir := folder; dir != "."; dir = path.Dir(dir) {
		if rule, ok := directions[dir]; ok {
			return dir, rule, true
		}
	}
	return "", direction{}, false
}

// allows reports whether a package below home may import importPath.
func (d direction) allows(home, importPath string) bool {
	if isLocal(importPath) {
		to := folderOf(importPath)
		return below(to, home) || slices.ContainsFunc(d.inside, func(folder string) bool { return below(to, folder) })
	}
	return slices.ContainsFunc(d.outside, func(prefix string) bool { return below(importPath, prefix) })
}

// isLocal reports whether a package belongs to this module.
func isLocal(importPath string) bool { return below(importPath, modulePath) }

// folderOf turns the import path of a local package into its folder.
func folderOf(importPath string) string {
	folder := strings.TrimPrefix(strings.TrimPrefix(importPath, modulePath), "/")
	return path.Clean(folder)
}

// below reports whether name is prefix or lies below it, by whole elements.
func below(name, prefix string) bool {
	return name == prefix || strings.HasPrefix(name, prefix+"/")
}

// standardLibrary returns the import paths of the standard library.
func standardLibrary(t *testing.T) map[string]bool {
	t.Helper()
	std := map[string]bool{"C": false, "unsafe": true}
	for _, pkg := range goList(t, "std") {
		std[pkg.ImportPath] = true
	}
	return std
}

// goList runs `go list` and fails the test if it finds no package.
func goList(t *testing.T, patterns ...string) []listed {
	t.Helper()
	args := append([]string{"list", "-e", "-json=ImportPath,GoFiles,Imports,TestImports,XTestImports,Deps"}, patterns...)
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		t.Fatal(explain(err))
	}
	var pkgs []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var pkg listed
		if err := dec.Decode(&pkg); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, pkg)
	}
	if len(pkgs) == 0 {
		t.Fatalf("go list %v: no packages", patterns)
	}
	return pkgs
}

// explain adds what a failed command wrote to standard error.
func explain(err error) error {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && len(exit.Stderr) > 0 {
		return errors.New(err.Error() + ": " + strings.TrimSpace(string(exit.Stderr)))
	}
	return err
}
