package wire

import (
	"github.com/gridrpc/gridc/runtime/status"
)

// RefuseAll makes one answer for many requests, which takes memory once.
func RefuseAll(code status.Code, format string, args ...any) *Failure {
	e := Refuse(code, format, args...)
	e.Common = true
	return e
}

var (
	ErrServerLeaving = RefuseAll(status.Unavailable, "the server is shutting down")
	ErrSessionOver   = RefuseAll(status.Unavailable, "the session is over")
)

// Once returns the reason that is kept at p, made by f where there is none yet. It is
// guarded by the lock of its owner.
func Once(p **Failure, f func() *Failure) *Failure {
	if *p == nil {
		*p = f()
	}
	return *p
}
