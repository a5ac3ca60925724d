package check

import (
	"slices"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// checker turns sources into packages. Its passes run in order: packages and
// imports, declared names, bodies, then what needs all bodies of all files.
type checker struct {
	loaded  *load.Loaded
	sources []*source
	only    []string // the paths that somebody asks for, nil for all
	found   []*idl.Diagnostic

	current *symbol            // the declaration whose body is being checked
	ids     []handlerID        // of all services, in order of reading
	retired []retiredIDs       // reserved in all services
	hints   int                // suggestions made in a package
	codes   map[string]errorAt // error codes
	claims  []codeClaim        // of error codes, in order of reading
	enums   map[*ir.Enum]*idl.Enum

	around func() []*load.Neighbour // the files of the module that were not loaded

	// constant is the value of the constant that a name means in the current source; it
	// is nil when there is none, which was reported then.
	constant func(*idl.Ref) *idl.Lit
}

// handlerID is one handler's claim to an id.
type handlerID struct {
	id      uint16
	name    string // for messages: `ReadVersion`, or `Storage.ReadVersion`
	service string
	product string
	at      idl.Span
}

// errorAt is an error of a package, with the place of its code.
type errorAt struct {
	idl.Span
	pkg *ir.Package
}

// retiredIDs are reserved ids of a service.
type retiredIDs struct {
	reservedRange
	service string
	product string
}

type reservedRange struct {
	ir.Range
	at idl.Span
}

func newChecker(l *load.Loaded) *checker {
	return &checker{
		loaded:  l,
		sources: sourcesOf(l.Files),
		found:   slices.Clone(l.Found),
		around:  l.Around,
		codes:   make(map[string]errorAt),
		enums:   make(map[*ir.Enum]*idl.Enum),
	}
}

// maxHints is how many suggestions are looked for in one package: each compares a name
// with all others, and nobody reads that many.
const maxHints = 200

// mayHint says whether to look for another suggestion.
func (c *checker) mayHint() bool {
	c.hints++
	return c.hints <= maxHints
}

// report adds an error.
func (c *checker) report(id string, at idl.Span, format string, args ...any) diag.Finding {
	f := diag.NewFinding(idl.SeverityError, id, at, format, args...)
	c.found = append(c.found, f.D)
	return f
}
