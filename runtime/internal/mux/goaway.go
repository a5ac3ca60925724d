package mux

import (
	"context"

	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// Goaway asks the peer for no new work, takes none, and asks for none that does not
// come from a handler. The frame is queued first: what is refused because of it
// finds a peer that knows why.
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
// before can be on its way any more. A ping behind the goaway is answered behind all
// that the peer had begun. An older peer may answer earlier than that: so pings go
// on until one whose time brought nothing new.
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

// handleGoaway takes the peer's word for it: from now on no call and no stream is
// begun, and those whose frames are still here go out no more. So a pong that
// follows tells the peer that nothing else will come.
func (s *Session) handleGoaway() error {
	s.PeerDraining.Store(true)
	s.Out.BeginNothing()
	s.Calls.RefuseUnsent()
	s.Streams.RefuseUnopened()
	s.Streams.TellDraining()
	return nil
}
