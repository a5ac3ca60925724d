package breaking

import (
	"maps"
	"math"
	"slices"

	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/runtime/schema"
)

// product is the part of a review that is about the services of one product: their
// handlers are known by their ids, which are different only there.
type product struct {
	old, new *half
	judge    *schema.Judge
}

// half is one side of a product.
type half struct {
	services []*ir.Service
	table    *schema.Table         // and all types that the packages declare
	shapes   map[string]int        // in the table, by "package.Name"
	handlers map[uint16]*handlerOf // of packages that were named
	all      map[uint16]*handlerOf // of all packages

	reserved map[uint16]*ir.Service // who reserves a handler id; see reserving
}

// byProduct are the services of a schema by their product.
func byProduct(s *ir.Schema, product func(*ir.Service) string) map[string][]*ir.Service {
	found := map[string][]*ir.Service{}
	for _, p := range s.Packages {
		for _, svc := range p.Services {
			name := product(svc)
			found[name] = append(found[name], svc)
		}
	}
	return found
}

func newHalf(s *ir.Schema, services []*ir.Service) *half {
	wanted := make(map[*ir.Service]bool, len(services))
	for _, svc := range services {
		wanted[svc] = true
	}
	h := &half{
		services: services, table: ir.LowerAll(s, func(svc *ir.Service) bool { return wanted[svc] }),
		shapes: map[string]int{}, handlers: map[uint16]*handlerOf{}, all: map[uint16]*handlerOf{},
	}
	for i, shape := range h.table.Shapes {
		if shape.Kind != schema.Extern {
			h.shapes[shape.Name] = i
		}
	}
	for _, svc := range services {
		for _, hd := range svc.Handlers {
			h.all[hd.ID] = &handlerOf{hd, svc}
			if svc.Package.Root {
				h.handlers[hd.ID] = h.all[hd.ID]
			}
		}
	}
	return h
}

// ids are those of the handlers, in order.
func (h *half) ids() []uint16 { return slices.Sorted(maps.Keys(h.handlers)) }

// reserving is the service that reserves a handler id. It is found in a map that is made
// when first needed: a service may have thousands of handlers.
func (h *half) reserving(id uint16) *ir.Service {
	if h.reserved == nil {
		h.reserved = map[uint16]*ir.Service{}
		for _, svc := range h.services {
			if svc.Package.Root {
				h.noteReserved(svc)
			}
		}
	}
	return h.reserved[id]
}

func (h *half) noteReserved(svc *ir.Service) {
	for _, x := range svc.Reserved.Ranges {
		for n := max(x.From, 0); n <= min(x.To, math.MaxUint16); n++ {
			id := uint16(n) // fits: at most the largest
			if h.reserved[id] == nil {
				h.reserved[id] = svc
			}
		}
	}
}
