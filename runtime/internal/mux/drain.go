package mux

import (
	"context"
)

// AwaitAsked waits until no call and no stream of this end is left.
func (s *Session) AwaitAsked(ctx context.Context) {
	s.Await(ctx, s.Calls.Finished())
	s.Await(ctx, s.Streams.Finished())
}

// AwaitWritten waits until the peer has been sent all.
func (s *Session) AwaitWritten(ctx context.Context) { s.Await(ctx, s.Out.Flushed()) }

// Await waits for an event, the end of the session or that of ctx.
func (s *Session) Await(ctx context.Context, event <-chan struct{}) {
	select {
	case <-event:
	case <-s.Ended:
	case <-ctx.Done():
	}
}
