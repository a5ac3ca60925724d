package workspace

import (
	"maps"
	"path"
	"slices"

	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// Snapshot is the workspace at one moment. It does not change.
type Snapshot struct {
	Units  []*Unit // in the order of their first files
	byPath map[string]*Unit
}

// Unit is the unit that a file belongs to, or nil.
func (s *Snapshot) Unit(path string) *Unit { return s.byPath[path] }

// node is a file on the way to units.
type node struct {
	path  string
	root  bool // not only imported
	parse *parse
	unit  *node // leads to the node that stands for the unit
}

// Snapshot is the workspace as it is now: what did not change is not parsed or checked
// again.
func (w *Workspace) Snapshot() *Snapshot {
	if w.last != nil {
		return w.last
	}
	s := &Snapshot{byPath: map[string]*Unit{}}
	units, memories := map[string]*Unit{}, map[string]*memory{}
	for _, members := range w.components() {
		key := keyOf(members)
		unit := w.units[key]
		if unit == nil {
			unit = w.newUnit(members)
		}
		units[key] = unit
		s.Units = append(s.Units, unit)
		for _, n := range members {
			s.byPath[n.path] = unit
			if unit.memory != nil {
				memories[n.path] = unit.memory
			}
		}
	}
	w.parses.drop()
	w.units, w.memories, w.last = units, memories, s
	return s
}

// components parses all files and returns those that belong together, sorted.
func (w *Workspace) components() [][]*node {
	nodes := w.nodes()
	byFolder := map[string]*node{}
	for _, p := range slices.Sorted(maps.Keys(nodes)) {
		n := nodes[p]
		if folder := path.Dir(p); n.root || byFolder[folder] != nil {
			join(n, byFolder[folder])
			byFolder[folder] = n
		}
		for _, imported := range n.imports() {
			join(n, nodes[imported])
		}
	}
	files := slices.Sorted(maps.Keys(nodes))
	w.joinByIDs(nodes, files)
	groups := map[*node][]*node{}
	var order []*node
	for _, p := range files {
		top := nodes[p].top()
		if groups[top] == nil {
			order = append(order, top)
		}
		groups[top] = append(groups[top], nodes[p])
	}
	all := make([][]*node, len(order))
	for i, top := range order {
		all[i] = groups[top]
	}
	return all
}

// nodes are all files: those of the folders, those that are open with what lies beside
// them, and what all these import. A file that is not there has no parse.
func (w *Workspace) nodes() map[string]*node {
	nodes := map[string]*node{}
	queue := w.roots()
	for _, root := range queue {
		nodes[root] = &node{path: root, root: true}
	}
	add := func(file string) {
		if nodes[file] == nil {
			nodes[file] = &node{path: file}
			queue = append(queue, file)
		}
	}
	for len(queue) > 0 && len(nodes) <= 2*maxFiles {
		n := nodes[queue[0]]
		queue = queue[1:]
		if content, err := w.read(n.path); err == nil {
			n.parse = w.parses.of(n.path, content)
		}
		for _, imported := range n.imports() {
			for _, file := range w.disk.siblings(imported) { // which may be parts of its package
				add(file)
			}
			add(imported)
		}
	}
	return nodes
}

// roots are the files that are looked at for their own sake, each file once.
func (w *Workspace) roots() []string {
	if w.listed == nil {
		w.listed = w.disk.list(w.folders)
	}
	all := slices.Sorted(maps.Keys(w.open)) // first: a file is called as the editor calls it
	all = append(all, w.listed...)
	for _, p := range slices.Sorted(maps.Keys(w.open)) {
		if !w.inFolders(p) && path.IsAbs(p) {
			all = append(all, w.disk.siblings(p)...)
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(p string) bool {
		key := w.disk.realPath(p)
		again := seen[key]
		seen[key] = true
		return again
	})
}

func (n *node) imports() []string {
	if n.parse == nil {
		return nil
	}
	return n.parse.imports
}

func (n *node) top() *node {
	for n.unit != nil {
		n = n.unit
	}
	return n
}

// join makes one unit of those of two nodes, of which the second may be nil.
func join(a, b *node) {
	if b == nil {
		return
	}
	if a, b = a.top(), b.top(); a != b {
		a.unit = b
	}
}

// read is the text of a file as the editor has it.
func (w *Workspace) read(file string) ([]byte, error) {
	if d := w.document(file); d != nil {
		return d.Text.Bytes(), nil
	}
	return w.disk.read(file)
}

// options read the files of the workspace for the compiler.
func (w *Workspace) options() load.Options {
	return load.Options{
		ReadFile: w.read,
		ReadDir:  w.disk.readDir,
		RealPath: func(p string) (string, error) { return w.disk.realPath(p), nil },
		Parse:    func(p string, t []byte) (*idl.File, []*idl.Diagnostic) { return w.parses.load(p, t) },
	}
}
