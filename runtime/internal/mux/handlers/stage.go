package handlers

import (
	"context"
	"sync/atomic"

	"github.com/gridrpc/gridc/runtime/status"
)

// stage is how far a request has come on its way through the interceptors to the
// handler. It says whether the handler has run, which is told to the caller of a request
// that failed. It also lets the handler begin at most once, and not after the caller was
// answered: an interceptor may call next from another goroutine, twice, or too late. Where
// there are no interceptors, the goroutine of the handler alone has to do with it.
type stage struct{ at uint32 }

const (
	stageWaiting = iota // before the first interceptor, or between them
	stageEntered        // behind the last interceptor; the request is being decoded
	stageBegun          // the handler runs, or has
	stageLeft           // the handler has run, and what stood around it goes on
	stageClosed         // the handler never ran, and never will
	stageCut            // the same, but somebody may still be decoding the request
)

func (s *stage) load() uint32 { return atomic.LoadUint32(&s.at) }

func (s *stage) swap(old, next uint32) bool { return atomic.CompareAndSwapUint32(&s.at, old, next) }

// Enter is called behind the last interceptor.
func (s *stage) Enter() bool { return s.swap(stageWaiting, stageEntered) }

// begin is called right before the handler. alone says that there are no interceptors.
// Without those nobody called Enter.
func (s *stage) begin(alone bool) bool {
	if !alone {
		return s.swap(stageEntered, stageBegun) || s.swap(stageWaiting, stageBegun)
	}
	if s.at != stageWaiting {
		return false
	}
	s.at = stageBegun
	return true
}

// Leave is called when the function that called Enter returns.
func (s *stage) Leave() {
	if !s.swap(stageBegun, stageLeft) {
		s.swap(stageEntered, stageClosed)
	}
}

// Close is called when the request is answered: a handler that has not begun never will.
// It returns the new stage.
func (s *stage) Close() uint32 {
	if at := s.load(); at >= stageBegun {
		return at // mostly: nothing leads from there to a stage that Close knows
	}
	if s.swap(stageWaiting, stageClosed) {
		return stageClosed
	}
	s.swap(stageEntered, stageCut)
	return s.load()
}

// ErrNotAgain is what an interceptor gets whose call of next cannot run the handler.
var ErrNotAgain = &status.Error{Code: status.Internal, Message: "an interceptor has called next a second time, or after it had returned"}

// Begin is called right before the function that was registered.
func (c *Context) Begin() error {
	if !c.Stage.begin(!c.Intercepted()) {
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
	at := c.Stage.load()
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
