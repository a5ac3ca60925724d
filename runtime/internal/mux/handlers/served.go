package handlers

import (
	"github.com/gridrpc/gridc/runtime/status"
)

// GaveUp is what a handler is told when its caller resets the call or stream. The
// caller's clock may be the first to find a deadline passed: that is the deadline of
// both ends, not a change of mind.
func GaveUp(code status.Code) (EndKind, *status.Error) {
	switch code {
	case status.DeadlineExceeded:
		return EndLate, status.DeadlinePassed()
	case "":
		code = status.Canceled
	}
	return EndCanceled, &status.Error{Code: code, Message: "the caller gave up", Remote: true}
}
