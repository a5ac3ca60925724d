package check

import (
	"fmt"
	"strings"
	"sync"
	"unicode"

	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

func (c *checker) serviceBody(s *source, d *idl.Service, svc *ir.Service) {
	annos := c.annos(d.Annos, onService)
	svc.Info = c.info(d.Name, &d.Meta, annos)
	if annos.noTimeout {
		c.report("annotation-argument", annos.seen["timeout"], "a service without a timeout has no `@timeout`").
			Help("`@timeout(none)` is for a handler of a service that has one")
	}
	c.subroutes(d, svc)
	service := inherited{annos, c.errors(s, d.Errors, errorList{})}
	set := newMembers(c, "handler", "service `"+d.Name.Name+"`", 1, load.MaxNumber)
	set.reserve(d.Reserved)
	svc.Reserved = set.result
	for _, r := range set.ranges {
		c.retired = append(c.retired, retiredIDs{r, d.Name.Name})
	}
	for _, hd := range d.Handlers {
		h := c.handler(s, d, hd, service)
		if set.name(hd.Name) {
			svc.Handlers = append(svc.Handlers, h)
		}
	}
}

// subroutes checks the parts that every call of the service is addressed by.
func (c *checker) subroutes(d *idl.Service, svc *ir.Service) {
	params := make(map[string]idl.Span)
	for _, sub := range d.Subroutes {
		c.annos(sub.Annos, onOther)
		switch {
		case sub.Param != nil:
			goName := goname.ParamName(sub.Param.Name)
			if goName == "" {
				c.report("go-name-invalid", sub.Param.Span, "`%s` is no name for a Go parameter", sub.Param.Name)
				continue
			}
			if first, taken := params[goName]; taken {
				c.report("member-duplicate", sub.Param.Span, "service `%s` has two subroutes called `%s`", d.Name.Name, sub.Param.Name).
					Also(first, "first declared here")
				continue
			}
			params[goName] = sub.Param.Span
			svc.Subroutes = append(svc.Subroutes, ir.Subroute{Param: sub.Param.Name, GoName: goName, Span: sub.Span})
		case sub.Fixed != nil:
			c.checkFixed(sub.Fixed)
			svc.Subroutes = append(svc.Subroutes, ir.Subroute{Fixed: sub.Fixed.Str, Span: sub.Span})
		}
	}
}

// checkFixed checks a fixed subroute: the runtime joins the parts with `/`, so
// one that holds it could be taken for two.
func (c *checker) checkFixed(lit *idl.Lit) {
	switch text := lit.Str; {
	case strings.Contains(text, "/"):
		c.report("subroute-invalid", lit.Span, "a subroute holds no `/`").
			Help("write one `subroute` for each part")
	case text == "" || len(text) > maxKey || strings.ContainsFunc(text, unicode.IsControl):
		c.report("subroute-invalid", lit.Span, "a subroute is 1 to %d bytes of text without control characters", maxKey)
	}
}

// handlerIDs checks the ids of all services against each other.
func (c *checker) handlerIDs() {
	taken := make(map[uint16]handlerID)
	for _, h := range c.ids {
		if _, again := taken[h.id]; !again {
			taken[h.id] = h
		}
	}
	used := sync.OnceValue(c.usedIDs)
	for _, h := range c.ids {
		if first := taken[h.id]; first.isSameHandler(h) {
			continue // written twice, which its name tells already
		} else if first.at != h.at {
			c.report("handler-id-reused", h.at, "handler id %d is already taken by `%s`", h.id, first.shownTo(h)).
				Label("used again here").Also(first.at, "first used here").
				Help("%s", nextFreeID(used(), h.id))
			continue
		}
		for _, r := range c.retired {
			if n := int64(h.id); r.From <= n && n <= r.To {
				c.report("handler-id-reserved", h.at, "handler id %d is reserved in service `%s`", h.id, r.service).
					Also(r.at, "reserved here").
					Help("%s", nextFreeID(used(), h.id))
				break
			}
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

// usedIDs says of each id whether anything in the module uses or reserves it,
// what is not compiled now included.
func (c *checker) usedIDs() []bool {
	used := make([]bool, load.MaxNumber+1)
	for _, h := range c.ids {
		used[h.id] = true
	}
	for _, r := range c.retired {
		for id := r.From; id <= r.To; id++ {
			used[id] = true
		}
	}
	for _, n := range c.around() {
		n.MarkIDs(used)
	}
	return used
}

// nextFreeID names the first unused id above n; it is empty when there is none.
func nextFreeID(used []bool, n uint16) string {
	for id := int(n) + 1; id < len(used); id++ {
		if !used[id] {
			return fmt.Sprintf("the next free id is %d", id)
		}
	}
	return ""
}
