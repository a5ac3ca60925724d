package grid

import (
	"context"
	"sync/atomic"
)

// stage is how far a request has come on its way through the interceptors to the
// handler. It says whether the handler has run, which the caller of one that failed is
// told, and lets it begin at most once, and not when its caller was answered already:
// an interceptor may call next from another goroutine, twice, or too late.
type stage struct{ at atomic.Uint32 }

const (
	stageWaiting = iota // before the first interceptor, or between them
	stageEntered        // behind the last interceptor; the request is being decoded
	stageBegun          // the handler runs, or has
	stageLeft           // the handler has run, and what stood around it goes on
	stageClosed         // the handler never ran, and never will
	stageCut            // the same, but somebody may still be decoding the request
)

// enter is called behind the last interceptor.
func (s *stage) enter() bool { return s.at.CompareAndSwap(stageWaiting, stageEntered) }

// begin is called right before the handler. Without interceptors nobody called enter.
func (s *stage) begin() bool {
	return s.at.CompareAndSwap(stageWaiting, stageBegun) || s.at.CompareAndSwap(stageEntered, stageBegun)
}

// leave is called when what entered is over.
func (s *stage) leave() {
	if !s.at.CompareAndSwap(stageBegun, stageLeft) {
		s.at.CompareAndSwap(stageEntered, stageClosed)
	}
}

// close is called when the request is answered: what has not begun never will. It
// returns the stage that this leads to.
func (s *stage) close() uint32 {
	if s.at.CompareAndSwap(stageWaiting, stageClosed) {
		return stageClosed
	}
	s.at.CompareAndSwap(stageEntered, stageCut)
	return s.at.Load()
}

// errNotAgain is what an interceptor gets whose call of next cannot run the handler.
var errNotAgain = &Error{Code: Internal, Message: "an interceptor has called next a second time, or after it had returned"}

// begin is called right before the function that was registered.
func (c *handlerContext) begin() error {
	if !c.stage.begin() {
		return errNotAgain
	}
	return nil
}

// conclude lets no handler begin any more, and returns what is known about it.
func (c *handlerContext) conclude() Outcome {
	switch c.stage.close() {
	case stageBegun:
		if c.observed() {
			return MayHaveRun // an interceptor did not wait for it
		}
		return Ran
	case stageLeft:
		return Ran
	}
	return Rejected
}

// abandoned reports whether an interceptor has returned before what it began: then
// the payload is still in use.
func (c *handlerContext) abandoned() bool {
	at := c.stage.at.Load()
	return at == stageCut || at == stageBegun && c.observed()
}

// runSingle calls the handler, through what stands around it.
func (h *handler) runSingle(ctx *handlerContext, payload []byte) ([]byte, error) {
	if h.aroundCall == nil {
		return h.single(ctx, ctx, payload)
	}
	return h.aroundCall(ctx, ctx.s.peer, payload, func(inner context.Context, payload []byte) ([]byte, error) {
		if !ctx.stage.enter() {
			return nil, errNotAgain
		}
		defer ctx.stage.leave()
		return h.single(inner, ctx, payload)
	})
}
