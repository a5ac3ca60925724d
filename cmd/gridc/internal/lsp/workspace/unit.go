package workspace

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/index"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/text"
	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/lint"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// Unit is files that are checked together, when somebody first asks what is wrong with
// them. What it says does not change, but it keeps what it made: it is for one goroutine
// at a time.
type Unit struct {
	Paths   []string // of the files that belong to the workspace, sorted
	Files   []*load.File
	options load.Options // to check with, until that is done
	checked bool
	schema  *ir.Schema                   // nil while there are errors
	found   map[string][]*idl.Diagnostic // by path
	byPath  map[string]*load.File
	texts   map[string]*text.Text // by path, made when needed
	index   *index.Index          // made when needed
}

// keyOf says all that a check of the members depends on.
func keyOf(members []*node) string {
	var b strings.Builder
	for _, n := range members {
		number := 0 // not there
		if n.parse != nil {
			number = n.parse.number
		}
		fmt.Fprintf(&b, "%s\x00%d %t\n", n.path, number, n.root)
	}
	return b.String()
}

// newUnit loads files.
func (w *Workspace) newUnit(members []*node) *Unit {
	u := &Unit{found: map[string][]*idl.Diagnostic{}, byPath: map[string]*load.File{}, texts: map[string]*text.Text{}}
	for _, n := range members {
		if n.root && n.parse != nil {
			u.Paths = append(u.Paths, n.path)
		}
	}
	if len(u.Paths) == 0 {
		return u
	}
	opts := w.options()
	if loaded, err := load.Load(opts, u.Paths...); err == nil {
		u.Files = loaded.Files
	}
	for _, f := range u.Files {
		u.byPath[f.Path] = f
	}
	u.options = opts
	return u
}

// ensure checks the files, once.
func (u *Unit) ensure() {
	if u.checked || len(u.Paths) == 0 {
		return
	}
	u.checked = true
	for _, d := range u.check(u.options) {
		u.found[d.Span.File] = append(u.found[d.Span.File], d)
	}
	u.options = load.Options{}
}

// Schema is nil while there are errors.
func (u *Unit) Schema() *ir.Schema {
	u.ensure()
	return u.schema
}

// check finds the mistakes, or, where there are none, the doubtful places.
func (u *Unit) check(opts load.Options) []*idl.Diagnostic {
	schema, ds, err := check.Load(opts, u.Paths...)
	if err != nil || diag.HasErrors(ds) {
		return ds // an argument that vanished has nothing to be said of
	}
	u.schema = schema
	return diag.SortDiagnostics(slices.Concat(ds, lint.Lint(schema, lint.Options{})))
}

// File is a file of the unit, or nil.
func (u *Unit) File(path string) *load.File {
	if u == nil {
		return nil
	}
	return u.byPath[path]
}

// Diagnostics are those of one file.
func (u *Unit) Diagnostics(path string) []*idl.Diagnostic {
	u.ensure()
	return u.found[path]
}

// Index says what the names in the files mean.
func (u *Unit) Index() *index.Index {
	if u.index == nil {
		u.index = index.New(u.Files)
	}
	return u.index
}

// Text is the text of a file of the unit, as it was checked.
func (u *Unit) Text(path string) *text.Text {
	t := u.texts[path]
	if f := u.byPath[path]; t == nil && f != nil {
		t = text.New(f.Tree.Source)
		u.texts[path] = t
	}
	return t
}

// Range is where a span is, in the units that editors count in.
func (u *Unit) Range(at idl.Span) text.Range {
	t := u.Text(at.File)
	if t == nil {
		return text.Range{}
	}
	return t.Range(at.Start.Offset, at.End.Offset)
}
