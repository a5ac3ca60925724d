package check

import (
	"regexp"
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

var importPathForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~-]*(/[A-Za-z0-9_][A-Za-z0-9._~-]*)*$`)

// goTarget takes an exported name of another Go package apart, or says why it is none.
func goTarget(lit *idl.Lit) (*ir.GoFunc, string) {
	slash, dot := strings.LastIndexByte(lit.Str, '/'), strings.LastIndexByte(lit.Str, '.')
	if lit.Kind != idl.LitString || dot <= slash {
		return nil, "it names nothing behind a `.`"
	}
	f := &ir.GoFunc{ImportPath: lit.Str[:dot], Name: lit.Str[dot+1:]}
	switch {
	case !importPathForm.MatchString(f.ImportPath) || strings.Contains(f.ImportPath, ".."):
		return f, "`" + f.ImportPath + "` is not an import path"
	case f.ImportPath == "C" || f.ImportPath == "unsafe":
		return f, "`" + f.ImportPath + "` is no package with msgp methods"
	}
	return f, ""
}
