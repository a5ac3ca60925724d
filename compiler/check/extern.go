package check

import (
	"regexp"
	"strings"

	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

var importPathForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~-]*(/[A-Za-z0-9_][A-Za-z0-9._~-]*)*$`)

func (c *checker) externBody(d *idl.Extern, x *ir.Extern) {
	x.Info = c.info(d.Name, &d.Meta, c.annos(d.Annos, onExtern))
	lit := d.Target
	if lit == nil {
		return
	}
	slash := strings.LastIndexByte(lit.Str, '/')
	dot := strings.LastIndexByte(lit.Str, '.')
	if lit.Kind != idl.LitString || dot <= slash {
		c.badTarget(lit, "it names no type behind a `.`")
		return
	}
	x.ImportPath, x.TypeName = lit.Str[:dot], lit.Str[dot+1:]
	switch {
	case !importPathForm.MatchString(x.ImportPath) || strings.Contains(x.ImportPath, ".."):
		c.badTarget(lit, "`"+x.ImportPath+"` is not an import path")
	case x.ImportPath == "C" || x.ImportPath == "unsafe":
		c.badTarget(lit, "`"+x.ImportPath+"` is no package with msgp methods")
	case !goname.IsExportedIdent(x.TypeName):
		c.badTarget(lit, "`"+x.TypeName+"` is not an exported Go type")
	}
}

func (c *checker) badTarget(lit *idl.Lit, why string) {
	c.report("extern-target", lit.Span, "an extern is `\"import/path.Type\"`: %s", why)
}
