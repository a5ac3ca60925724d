package handlers

import (
	"context"
	"sync/atomic"

	"github.com/gridrpc/gridc/runtime/status"
)

// stage is how far a request has come on its way through the interceptors to the
// handler. It says whether the handler has run, which is told to the caller of a request
// that failed. It also lets the handler begin at most once, and not after the caller was
// answered: an interceptor may call next from another goroutine, twice, or too late.
type stage struct{ at atomic.Uint32 }

const (
	stageWaiting = iota // before the first interceptor, or between them
	stageEntered        // behind the last interceptor; the request is being decoded
	stageBegun          // the handler runs, or has
	stageLeft           // the handler has run, and what stood around it goes on
	stageClosed         // the handler never ran, and never will
	stageCut            // the same, but somebody may still be decoding the request
)

// Enter is called behind the last interceptor.
func (s *stage) Enter() bool { return s.at.CompareAndSwap(stageWaiting, stageEntered) }

// begin is called right before the handler. Without interceptors nobody called enter.
func (s *stage) begin() bool {
	return s.at.CompareAndSwap(stageWaiting, stageBegun) || s.at.CompareAndSwap(stageEntered, stageBegun)
}

// Leave is called when the function that called Enter returns.
func (s *stage) Leave() {
	if !s.at.CompareAndSwap(stageBegun, stageLeft) {
		s.at.CompareAndSwap(stageEntered, stageClosed)
	}
}

// Close is called when the request is answered: a handler that has not begun never will.
// It returns the new stage.
func (s *stage) Close() uint32 {
	if at := s.at.Load(); at >= stageBegun {
		return at // mostly: nothing leads from there to a stage that Close knows
	}
	if s.at.CompareAndSwap(stageWaiting, stageClosed) {
		return stageClosed
	}
	s.at.CompareAndSwap(stageEntered, stageCut)
	return s.at.Load()
}

// ErrNotAgain is what an interceptor gets whose call of next cannot run the handler.
var ErrNotAgain = &status.Error{Code: status.Internal, Message: "an interceptor has called next a second time, or after it had returned"}

// Begin is called right before the function that was registered.
func (c *Context) Begin() error {
	if !c.Stage.begin() {
		return ErrNotAgain
	}
	return nil
}

// Conclude lets no handler begin any more, and returns what is known about it.
func (c *Context) Conclude() status.Outcome {
	switch c.Stage.Close() {
	case stageBegun:
		if c.Intercepted() {
			return status.MayHaveRun // an interceptor did not wait for it
		}
		return status.Ran
	case stageLeft:
		return status.Ran
	}
	return status.Rejected
}

// Abandoned reports whether an interceptor has returned before what it began: then
// the payload is still in use.
func (c *Context) Abandoned() bool {
	at := c.Stage.at.Load()
	return at == stageCut || at == stageBegun && c.Intercepted()
}

// RunSingle calls the handler, through what stands around it. ctx is hc, or derived
// from it.
func (h *Handler) RunSingle(ctx context.Context, hc *Context, payload []byte) ([]byte, error) {
	if h.AroundCall == nil {
		return h.Single(ctx, hc, payload)
	}
	return h.AroundCall(ctx, hc.S.Peer, payload, func(inner context.Context, payload []byte) ([]byte, error) {
		if !hc.Stage.Enter() {
			return nil, ErrNotAgain
		}
		defer hc.Stage.Leave()
		return h.Single(inner, hc, payload)
	})
}
