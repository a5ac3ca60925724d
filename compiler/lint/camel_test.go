package lint

import (
	"testing"

	"github.com/gridrpc/gridc/compiler/goname"
)

// What is taken for sound without a better name is what the better name would be.
func TestIsCamelCase(t *testing.T) {
	const letters = "aZ_9"
	var try func(name string)
	try = func(name string) {
		if joined := goname.LowerFirst(goname.JoinedName(name)); name != "" && isCamelCase(name) && joined != name {
			t.Errorf("%s is sound, and %s is better", name, joined)
		}
		if len(name) < 5 {
			for _, r := range letters {
				try(name + string(r))
			}
		}
	}
	try("")
}
