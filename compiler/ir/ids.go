package ir

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/gridrpc/gridc/idl"
)

// HandlerIDs is where the handler ids of everything compiled together went. Those of one
// product share a space, so what is free is free for all of its services.
type HandlerIDs struct {
	Services []ServiceIDs // by package and place in the file
	Free     []FreeIDs    // by product
	// Unread are the .grid files of the module that the schema was not loaded from:
	// what is free here may be taken there.
	Unread []string
}

// FreeIDs are the ids that no service of a product uses or reserves, in order.
type FreeIDs struct {
	Product string // empty: of the services that name none
	Ranges  []Range
}

// ServiceIDs are the ids of one service.
type ServiceIDs struct {
	Package, Name string
	Product       string   // empty when the service names none
	Span          idl.Span // of the service's name
	Rows          []IDRow  // in order
}

// IDRow is an id with its handler, or a reserved range.
type IDRow struct {
	Range
	Handler *Handler // nil when reserved
}

// IDs lists the handler ids of a schema.
func IDs(s *Schema) HandlerIDs {
	var ids HandlerIDs
	taken := map[string][]Range{}
	if s.Origin != nil {
		ids.Unread = s.Origin.Unread()
	}
	for _, p := range s.Packages {
		for _, svc := range p.Services {
			one := ServiceIDs{Package: p.Name, Name: svc.Name, Product: svc.Product, Span: svc.Span, Rows: rowsOf(svc)}
			taken[one.Product] = slices.Grow(taken[one.Product], len(one.Rows))
			for _, row := range one.Rows {
				taken[one.Product] = append(taken[one.Product], row.Range)
			}
			ids.Services = append(ids.Services, one)
		}
	}
	if len(taken) == 0 {
		taken[""] = nil
	}
	for _, product := range slices.Sorted(maps.Keys(taken)) {
		ids.Free = append(ids.Free, FreeIDs{product, gaps(taken[product], 1, math.MaxUint16)})
	}
	return ids
}

func rowsOf(svc *Service) []IDRow {
	var rows []IDRow
	for _, h := range svc.Handlers {
		rows = append(rows, IDRow{Range{int64(h.ID), int64(h.ID)}, h})
	}
	for _, r := range svc.Reserved.Ranges {
		rows = append(rows, IDRow{Range: r})
	}
	slices.SortStableFunc(rows, func(a, b IDRow) int { return compareRanges(a.Range, b.Range) })
	return rows
}

func compareRanges(a, b Range) int {
	return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
}

// String is how a .grid file writes the range.
func (r Range) String() string {
	if r.From == r.To {
		return fmt.Sprint(r.From)
	}
	return fmt.Sprintf("%d..%d", r.From, r.To)
}

// gaps is what no range takes of from to to.
func gaps(taken []Range, from, to int64) []Range {
	taken = slices.Clone(taken)
	slices.SortFunc(taken, compareRanges)
	var free []Range
	for _, r := range taken {
		if r.From > from {
			free = append(free, Range{from, min(r.From-1, to)})
		}
		from = max(from, r.To+1)
	}
	if from <= to {
		free = append(free, Range{from, to})
	}
	return free
}
