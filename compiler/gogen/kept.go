package gogen

import (
	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/ir"
)

// unknownField is the field of what a message or union keeps.
func unknownField() *jen.Statement { return jen.Id("unknown").Qual(codecPath, "Unknown") }

// entryCount is how many entries a message may have: n that are known, and those that it
// keeps.
func entryCount(n int, m *ir.Message) *jen.Statement {
	if !m.Keep {
		return jen.Lit(n)
	}
	return jen.Lit(n).Op("+").Add(keptOf("Len"))
}

// kept points at what a message or union keeps, and keptOf calls a method of that.
func kept() *jen.Statement { return jen.Op("&").Id("v").Dot("unknown") }

func keptOf(method string) *jen.Statement { return jen.Id("v").Dot("unknown").Dot(method).Call() }

// emptiedIf is the part of a composite literal that keeps the memory of what a message or
// union keeps, if it does.
func emptiedIf(keep bool) []jen.Code {
	if !keep {
		return nil
	}
	return []jen.Code{jen.Id("unknown").Op(":").Add(keptOf("Emptied"))}
}
