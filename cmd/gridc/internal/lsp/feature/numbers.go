package feature

import (
	"math"
	"strconv"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/index"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// numbering is the numbers of one declaration that are taken: used or reserved.
type numbering struct {
	used     map[int64]bool
	reserved []*idl.Reserved
	largest  int64 // of those that are used
	from, to int64
}

// numbersOf are the numbers of a message, union, error or enum, without that of the
// member at an offset, which is being written.
func numbersOf(s *index.Symbol, offset int) numbering {
	n := numbering{used: map[int64]bool{}, from: 1, to: load.MaxNumber}
	switch d := s.Node.(type) {
	case *idl.Message:
		n.reserved = d.Reserved
	case *idl.Union:
		n.reserved = d.Reserved
	case *idl.Error:
		n.reserved = d.Reserved
	case *idl.Enum:
		n.reserved, n.from, n.to = d.Reserved, 0, math.MaxInt64
	}
	n.largest = n.from - 1
	for _, m := range s.Members {
		if lit := numberOf(m); lit != nil && (lit.Span.Start.Offset > offset || offset > lit.Span.End.Offset) {
			n.used[lit.Int] = true
			n.largest = max(n.largest, lit.Int)
		}
	}
	return n
}

// numberOf is the number of a member, or nil.
func numberOf(m *index.Symbol) *idl.Lit {
	var lit *idl.Lit
	switch d := m.Node.(type) {
	case *idl.Field:
		lit = d.Key
	case *idl.EnumValue:
		lit = d.Number
	case *idl.Handler:
		lit = d.ID
	}
	if lit == nil || lit.Kind != idl.LitInt || lit.Big {
		return nil
	}
	return lit
}

// next is the first number above those that are used which is free; empty when there is
// none.
func (n numbering) next() string {
	for number := n.largest + 1; number <= n.to && number > n.largest; number++ {
		if !n.used[number] && !isReserved(n.reserved, number) {
			return strconv.FormatInt(number, 10)
		}
	}
	return ""
}

func isReserved(lines []*idl.Reserved, number int64) bool {
	for _, line := range lines {
		for _, item := range line.Items {
			to := item.To
			if to == nil {
				to = item.From
			}
			if item.From != nil && item.From.Kind == idl.LitInt && to.Kind == idl.LitInt && item.From.Int <= number && number <= to.Int {
				return true
			}
		}
	}
	return false
}

// nextID is the next free handler id: above those of the service, and neither used nor
// reserved by any service of its product in the workspace. A service without handlers goes
// on above all.
func (v *View) nextID(service *index.Symbol, offset int) string {
	taken := make([]bool, load.MaxNumber+1)
	largest, product := 0, productOf(service)
	for _, u := range v.Snapshot.Units {
		for _, f := range u.Index().Files {
			for _, s := range f.Symbols {
				if productOf(s) != product {
					continue
				}
				for _, id := range idsOf(s) {
					if f.Path == v.Path && id.Span.Start.Offset <= offset && offset <= id.Span.End.Offset {
						continue
					}
					if id.Int < 1 || id.Int > load.MaxNumber {
						continue
					}
					taken[id.Int] = true
					if service == nil || s == service || len(idsOf(service)) == 0 {
						largest = max(largest, int(id.Int)) // fits: compared
					}
				}
			}
		}
	}
	v.markReserved(taken, product)
	for id := largest + 1; id <= load.MaxNumber; id++ {
		if !taken[id] {
			return strconv.Itoa(id)
		}
	}
	return ""
}

func idsOf(s *index.Symbol) (ids []*idl.Lit) {
	if s.Kind == index.Service {
		for _, m := range s.Members {
			if lit := numberOf(m); lit != nil {
				ids = append(ids, lit)
			}
		}
	}
	return ids
}

// productOf is the product of a service; nil and anything else are of none.
func productOf(s *index.Symbol) string {
	if s == nil {
		return ""
	}
	if svc, ok := s.Node.(*idl.Service); ok {
		return svc.Product()
	}
	return ""
}

func (v *View) markReserved(taken []bool, product string) {
	for _, u := range v.Snapshot.Units {
		for _, f := range u.Files {
			for _, decl := range f.Tree.Decls {
				svc, ok := decl.(*idl.Service)
				if !ok || svc.Product() != product {
					continue
				}
				bare := *svc
				bare.Handlers = nil // the one that is being written is not taken
				(&idl.File{Decls: []idl.Decl{&bare}}).MarkHandlerIDs(taken, nil)
			}
		}
	}
}
