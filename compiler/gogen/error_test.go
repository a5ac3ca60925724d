package gogen

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/compiler/ir"
)

// The text of an error has a time as the other end has it: a time of this process's own
// would show its zone, and "m=+61.01" of its clock.
func TestTimesInTheTextOfAnError(t *testing.T) {
	until := &ir.Field{Info: ir.Info{Name: "until", GoName: "Until"}, Type: &ir.Type{Kind: ir.Time}}
	e := &ir.Error{Code: "lease.taken", Body: &ir.Message{Fields: ir.Listed[*ir.Field]{until}}}
	got := fmt.Sprintf("%#v", errorText(e))
	if want := `fmt.Sprintf("lease.taken: until %v", v.Until.Round(0).UTC())`; !strings.Contains(got, want) {
		t.Errorf("%s, and not %s", got, want)
	}
}
