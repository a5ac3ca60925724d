package grid

import (
	"context"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/mux/calls"
	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
)

// Caller is what calls are made through: a *Connection, or what its Subroute
// method returns.
type Caller interface {
	// Subroute returns a Caller for the handlers registered under these names; see
	// Connection.Subroute. They are added to those that the Caller has.
	Subroute(names ...string) Caller
	// Request calls a handler of byte payloads; see Connection.Request.
	Request(ctx context.Context, id HandlerID, payload []byte) ([]byte, error)
	// NewStream begins a stream of byte messages; see Connection.NewStream.
	NewStream(ctx context.Context, id HandlerID, payload []byte) (*Stream, error)

	request(ctx context.Context, id HandlerID, o calls.Options, payload []byte) ([]byte, error)
	open(ctx context.Context, id HandlerID, o calls.Options, payload []byte) (*streams.Stream, error)
	buffers() *bufs.Pool
	exposed() bool
}

type waitForReadyKey struct{}

// WaitForReady returns a context whose calls and streams wait for a connection, until
// the deadline, instead of failing at once with ErrDisconnected. One that was not
// sent, or that a peer rejected because it is shutting down, goes on with the peer's
// next session: so a planned restart is not seen. One that may have run is not made
// again, unless its handler is idempotent. Where one end refuses the other, for its
// key, say, or the peer does not serve the handler, or another shape of it, they fail
// at once. A stream is opened when the peer has taken it, which is a round trip.
func WaitForReady(ctx context.Context) context.Context {
	return context.WithValue(ctx, waitForReadyKey{}, true)
}
