package mux

import (
	"context"

	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// Goaway begins the planned end of a session: the peer is asked to begin nothing new,
// what it begins nevertheless is refused, and this end begins only what a running handler
// asks for. The goaway frame is queued before anything is refused, so that the peer reads
// why first.
func (s *Session) Goaway(reason string) {
	if s.Leaving.Swap(true) {
		return
	}
	s.Calls.Leave()
	s.Streams.Leave()
	s.Out.Control(func(b []byte) []byte {
		return wire.AppendFrame(b, wire.KindGoaway, wire.AppendString(nil, reason), nil)
	})
	s.Draining.Store(true)
}

// Acknowledged waits until the peer has read the goaway, and nothing that it began
// before can be on its way any more. The peer answers a ping that is behind the goaway
// after all that the peer had begun before. An older peer may answer the ping earlier, so
// pings are repeated until no new request came between a ping and its pong.
func (s *Session) Acknowledged(ctx context.Context) {
	for {
		late := s.Late.Load()
		read := make(chan struct{})
		s.Ping(func() { close(read) })
		select {
		case <-read:
		case <-s.Ended:
			return
		case <-ctx.Done():
			return
		}
		if s.Late.Load() == late {
			s.Told.Store(true)
			return
		}
	}
}

// handleGoaway handles the peer's goaway: from now on this end begins no call and no
// stream, and requests that are still queued here are not sent. So a pong that follows
// tells the peer that no more requests will come.
func (s *Session) handleGoaway() error {
	s.PeerDraining.Store(true)
	s.Out.BeginNothing()
	s.Calls.RefuseUnsent()
	s.Streams.RefuseUnopened()
	s.Streams.TellDraining()
	return nil
}
