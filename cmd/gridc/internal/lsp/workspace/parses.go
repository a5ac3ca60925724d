package workspace

import (
	"bytes"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/gridrpc/gridc/idl"
)

// parses keeps the trees of files whose text did not change. It is safe for concurrent use.
type parses struct {
	mu     sync.Mutex
	byPath map[string]*parse
	count  int // of parses made
}

type parse struct {
	text  []byte
	tree  *idl.File
	found []*idl.Diagnostic
	// number tells this parse from every other one.
	number  int
	imports []string // the paths that it may import
	claims  []claim  // the handler ids of its services
	used    bool     // by the snapshot that is being made
}

func newParses() *parses { return &parses{byPath: map[string]*parse{}} }

// of is the parse of a text.
func (p *parses) of(path string, text []byte) *parse {
	p.mu.Lock()
	known := p.byPath[path]
	if known != nil && bytes.Equal(known.text, text) {
		known.used = true
		p.mu.Unlock()
		return known
	}
	p.mu.Unlock()
	tree, found := idl.Parse(path, text)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count++
	made := &parse{text: text, tree: tree, found: found, number: p.count, imports: importsOf(path, tree), claims: claimsOf(tree), used: true}
	p.byPath[path] = made
	return made
}

// importsOf are the paths that a file may import.
func importsOf(file string, tree *idl.File) []string {
	var paths []string
	for _, decl := range tree.Imports {
		if strings.HasSuffix(decl.Path, ".grid") && !path.IsAbs(decl.Path) {
			paths = append(paths, path.Join(path.Dir(file), decl.Path))
		}
	}
	return paths
}

// load implements load.Options.Parse: whoever looks at all diagnostics together takes
// fixes away, so each gets diagnostics of its own.
func (p *parses) load(path string, text []byte) (*idl.File, []*idl.Diagnostic) {
	made := p.of(path, text)
	found := make([]*idl.Diagnostic, len(made.found))
	for i, d := range made.found {
		own := *d
		own.Fixes = slices.Clone(d.Fixes)
		found[i] = &own
	}
	return made.tree, found
}

// drop forgets the parses that were not used since the last drop.
func (p *parses) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for path, made := range p.byPath {
		if !made.used {
			delete(p.byPath, path)
		}
		made.used = false
	}
}
