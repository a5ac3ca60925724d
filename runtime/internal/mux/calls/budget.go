package calls

import (
	"github.com/gridrpc/gridc/runtime/internal/mux/out"
)

// cost is what the answer of a call counts.
func (sv *Serving) cost() int {
	if sv.Fail != nil {
		return out.FrameCost + len(sv.Fail.Code) + len(sv.Fail.Message) + len(sv.Fail.Detail)
	}
	return out.QueueCost(sv.Answer().Size())
}
