package gogen

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/runtime/schema"
)

// Generated tables call each kind what package schema calls it.
func TestEveryKindOfTheWireHasAName(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../runtime/schema/schema.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for k := schema.Bool; k <= schema.Extern; k++ {
		name := strings.TrimPrefix(kindName(k), "schema.")
		if file.Scope.Lookup(name) == nil {
			t.Errorf("generated code calls %v %s, which there is not", k, name)
		}
	}
}
