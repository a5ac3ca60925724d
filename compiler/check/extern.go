package check

import (
	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

func (c *checker) externBody(d *idl.Extern, x *ir.Extern) {
	x.Info = c.info(d.Name, &d.Meta, c.annos(d.Annos, onExtern))
	lit := d.Target
	if lit == nil {
		return
	}
	target, why := goTarget(lit)
	if target != nil {
		x.ImportPath, x.TypeName = target.ImportPath, target.Name
	}
	switch {
	case target == nil:
		c.badTarget(lit, "it names no type after a `.`")
	case why != "":
		c.badTarget(lit, why)
	case !goname.IsExportedIdent(x.TypeName):
		c.badTarget(lit, "`"+x.TypeName+"` is not an exported Go type")
	}
}

func (c *checker) badTarget(lit *idl.Lit, why string) {
	c.report("extern-target", lit.Span, "an extern is `\"import/path.Type\"`: %s", why)
}
