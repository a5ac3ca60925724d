package link

import (
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// Ping asks the peer for a pong.
func (l *Link) Ping(answered func()) {
	l.Out.Control(func(b []byte) []byte { return wire.AppendNumber(b, wire.KindPing, l.Pings.Next(answered)) })
}
