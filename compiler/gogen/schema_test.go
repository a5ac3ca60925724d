package gogen

import (
	"testing"

	"github.com/gridrpc/gridc/runtime/schema"
)

func TestEveryKindOfTheWireHasAName(t *testing.T) {
	for k := schema.Bool; k <= schema.Extern; k++ {
		if wireKindNames[k] == "" {
			t.Errorf("%v has no name in generated code", k)
		}
	}
}
