package workspace

import (
	"fmt"
	"maps"
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
	Paths  []string // of the files that belong to the workspace, sorted
	Files  []*load.File
	loaded *load.Loaded // to be checked, until that is done
	many   int          // see Workspace.Many
	memory *memory
	schema *ir.Schema                   // nil while there are errors
	found  map[string][]*idl.Diagnostic // by path
	byPath map[string]*load.File
	texts  map[string]*text.Text // by path, made when needed
	index  *index.Index          // made when needed
}

// memory is what an edit leaves as it was. A unit has it from the one that its files
// belonged to before.
type memory struct {
	kept  check.Kept
	index *index.Index
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
	u := &Unit{many: w.Many, found: map[string][]*idl.Diagnostic{}, byPath: map[string]*load.File{}, texts: map[string]*text.Text{}}
	for _, n := range members {
		if n.root && n.parse != nil {
			u.Paths = append(u.Paths, n.path)
		}
	}
	if len(u.Paths) == 0 {
		return u
	}
	u.memory = w.takeMemory(members)
	if loaded, err := load.Load(w.options(), u.Paths...); err == nil { // or an argument vanished, which has nothing to be said of
		u.loaded, u.Files = loaded, loaded.Files
	}
	for _, f := range u.Files {
		u.byPath[f.Path] = f
	}
	return u
}

// takeMemory is the memory of the unit that files belonged to, or a new one. Of two units
// that were one, one has it.
func (w *Workspace) takeMemory(members []*node) *memory {
	for _, n := range members {
		if old := w.memories[n.path]; old != nil {
			maps.DeleteFunc(w.memories, func(_ string, m *memory) bool { return m == old })
			return old
		}
	}
	return &memory{}
}

// ensure checks the files, once.
func (u *Unit) ensure() {
	if u.loaded == nil {
		return
	}
	loaded := u.loaded
	u.loaded = nil
	for _, d := range u.check(loaded) {
		u.found[d.Span.File] = append(u.found[d.Span.File], d)
	}
}

// Glance is what is wrong with a file, without the doubtful places, and while other files
// are taken as they were, whatever became of those that they import: for who types into a
// file that many import. It reports false where all is known already.
func (u *Unit) Glance(path string) (found []*idl.Diagnostic, ok bool) {
	if u.loaded == nil || len(u.Index().Importers(path)) <= u.many {
		return nil, false
	}
	return u.memory.kept.CheckParts(u.loaded, []string{path}), true
}

// Schema is nil while there are errors.
func (u *Unit) Schema() *ir.Schema {
	u.ensure()
	return u.schema
}

// check finds the mistakes, or, where there are none, the doubtful places.
func (u *Unit) check(loaded *load.Loaded) []*idl.Diagnostic {
	schema, ds := u.memory.kept.Check(loaded)
	if schema == nil {
		return ds
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
		u.index = index.New(u.Files, u.memory.index)
		u.memory.index = u.index
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
