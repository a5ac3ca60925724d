package calls

import (
	"github.com/gridrpc/gridc/runtime/internal/mux/out"
)

// cost is what the answer of a call counts, with its trailer, which is sealed.
func (sv *Serving) cost() int {
	trailer := len(sv.Ctx.Trailer())
	if sv.Fail != nil {
		return trailer + out.FrameCost + len(sv.Fail.Code) + len(sv.Fail.Message) + len(sv.Fail.Detail)
	}
	return trailer + out.QueueCost(sv.Answer().Size())
}
