package check

import (
	"strings"
	"unicode"

	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

func (c *checker) serviceBody(s *source, d *idl.Service, svc *ir.Service) {
	annos := c.annos(d.Annos, onService)
	svc.Info, svc.Product = c.info(d.Name, &d.Meta, annos), annos.product
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
		c.retired = append(c.retired, retiredIDs{r, d.Name.Name, svc.Product})
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
