package goname

import (
	"strings"

	"github.com/dave/jennifer/jen"
)

// IsTaken reports whether generated code may declare the name itself, or Go does.
// A variable of an inner loop has a number after its name.
func IsTaken(name string) bool {
	return TakenNames[strings.TrimRight(name, "0123456789")] || isGoKeyword(name) || isPredeclared(name) || jen.IsReservedWord(name)
}

// TakenNames are the identifiers that generated code itself uses: packages it
// imports, receivers, parameters and local variables. A package of the schema
// with such a name is imported under another one. A test holds the list against
// all that was ever generated.
var TakenNames = nameSet(`
	bytes cmp codec context errors fmt grid io iter maps math msgp schema slices slog sort strconv strings time
	a at b c call caller conn count ctx d e elem err errs f fn g g0 h i id in item k key kind left m msg n name next
	number o ok out p payload peer q r reg req res resp result s st stream subroute sub t u v val value w x y z
`)

func nameSet(names string) map[string]bool {
	set := map[string]bool{}
	for _, name := range strings.Fields(names) {
		set[name] = true
	}
	return set
}
