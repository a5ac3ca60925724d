package check

import (
	"fmt"
	"path"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/load"
)

// handlerIDs checks the ids of all services against each other: those of one product, for
// a node may serve them all.
func (c *checker) handlerIDs() {
	type claim struct {
		product string
		id      uint16
	}
	taken := make(map[claim]handlerID)
	for _, h := range c.ids {
		if _, again := taken[claim{h.product, h.id}]; !again {
			taken[claim{h.product, h.id}] = h
		}
	}
	next := freeIDs{c: c}
	for _, h := range c.ids {
		first := taken[claim{h.product, h.id}]
		switch {
		case first.isSameHandler(h): // written twice, which its name tells already
		case first.at != h.at:
			f := c.report("handler-id-reused", h.at, "handler id %d is already taken by `%s`", h.id, first.shownTo(h)).
				Label("used again here").Also(first.at, "first used here").
				Help("%s", next.after(h))
			h.mayBeApart(first, f)
		default:
			c.notReserved(h, &next)
		}
	}
}

// mayBeApart says what to do where the ids belong to two products that were compiled in
// one run.
func (h handlerID) mayBeApart(first handlerID, f diag.Finding) {
	if path.Dir(h.at.File) != path.Dir(first.at.File) {
		f.Help("if no node serves both, write `@product(\"name\")` above one of the services")
	}
}

// notReserved reports an id that a service of the product reserves.
func (c *checker) notReserved(h handlerID, next *freeIDs) {
	for _, r := range c.retired {
		if n := int64(h.id); r.product == h.product && r.From <= n && n <= r.To {
			c.report("handler-id-reserved", h.at, "handler id %d is reserved in service `%s`", h.id, r.service).
				Also(r.at, "reserved here").
				Help("%s", next.after(h))
			return
		}
	}
}

// isSameHandler reports whether another handler has the same name in the same
// service.
func (h handlerID) isSameHandler(other handlerID) bool {
	return h.at != other.at && h.name == other.name && h.service == other.service && h.at.File == other.at.File
}

// shownTo is the handler's name as a message about another handler calls it.
func (h handlerID) shownTo(other handlerID) string {
	if h.service == other.service && h.at.File == other.at.File {
		return h.name
	}
	return h.service + "." + h.name
}

// freeIDs finds free ids, by product; what is taken is looked up when first needed.
type freeIDs struct {
	c    *checker
	used map[string][]bool
}

// after names the first unused id above that of a handler; it is empty when there is none.
func (f *freeIDs) after(h handlerID) string {
	used := f.used[h.product]
	if used == nil {
		used = f.c.usedIDs(h.product)
		if f.used == nil {
			f.used = make(map[string][]bool)
		}
		f.used[h.product] = used
	}
	for id := int(h.id) + 1; id < len(used); id++ {
		if !used[id] {
			return fmt.Sprintf("the next free id is %d", id)
		}
	}
	return ""
}

// usedIDs says of each id whether anything of a product in the module uses or reserves it,
// what is not compiled now included.
func (c *checker) usedIDs(product string) []bool {
	used := make([]bool, load.MaxNumber+1)
	for _, h := range c.ids {
		used[h.id] = used[h.id] || h.product == product
	}
	for _, r := range c.retired {
		for id := r.From; r.product == product && id <= r.To; id++ {
			used[id] = true
		}
	}
	for _, n := range c.around() {
		n.MarkIDs(used, product)
	}
	return used
}
