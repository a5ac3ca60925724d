package grid

import (
	"context"
	"time"

	"github.com/gridrpc/gridc/runtime/codec"
)

// Caller is what calls are made through: a *Connection, or what its Subroute
// method returns.
type Caller interface {
	// Subroute returns a Caller for the handlers registered under these names.
	Subroute(names ...string) Caller

	request(ctx context.Context, id HandlerID, o callSettings, payload []byte) ([]byte, error)
	open(ctx context.Context, id HandlerID, o callSettings, payload []byte) (*stream, error)
	buffers() *bufferPool
	observed() bool
}

// callSettings is what is known about a call besides its payload.
type callSettings struct {
	name     string
	priority Priority
	deadline int64         // calls: manager clock, when the call must be over
	timeout  time.Duration // 0: for calls, the Manager's default; for streams, none
	retry    bool          // a new call may be made when the connection is lost
	wait     bool          // wait until connected
	outCap   int           // streams: messages that the caller holds unread
	shape    *shapeOf      // what the caller was built with, nil without a schema
	meta     []byte
	lent     *codec.Lent // of the payload, nil: none
}

func (s *handlerSettings) call() callSettings {
	return callSettings{shape: s.shape, name: s.name, priority: s.priority, timeout: s.timeout, retry: s.idempotent, outCap: s.outCap}
}

type waitForReadyKey struct{}

// WaitForReady returns a context whose calls wait for a connection, until the
// deadline, instead of failing at once with ErrDisconnected.
func WaitForReady(ctx context.Context) context.Context {
	return context.WithValue(ctx, waitForReadyKey{}, true)
}

// subConnection is a Connection under a subroute.
type subConnection struct {
	c        *Connection
	subroute string
}

// Subroute returns a Caller for the handlers registered under these names, which
// are joined with "/".
func (c *Connection) Subroute(names ...string) Caller {
	return &subConnection{c: c, subroute: joinSubroute(names)}
}

func (x *subConnection) Subroute(names ...string) Caller {
	if x.subroute != "" {
		names = append([]string{x.subroute}, names...)
	}
	return &subConnection{c: x.c, subroute: joinSubroute(names)}
}

func (x *subConnection) request(ctx context.Context, id HandlerID, o callSettings, payload []byte) ([]byte, error) {
	return x.c.requestRoute(ctx, routeKey{id, x.subroute}, o, payload)
}

func (x *subConnection) open(ctx context.Context, id HandlerID, o callSettings, payload []byte) (*stream, error) {
	return x.c.openRoute(ctx, routeKey{id, x.subroute}, o, payload)
}

func (x *subConnection) buffers() *bufferPool { return x.c.buffers() }

func (c *Connection) request(ctx context.Context, id HandlerID, o callSettings, payload []byte) ([]byte, error) {
	return c.requestRoute(ctx, routeKey{id: id}, o, payload)
}

func (c *Connection) open(ctx context.Context, id HandlerID, o callSettings, payload []byte) (*stream, error) {
	return c.openRoute(ctx, routeKey{id: id}, o, payload)
}

func (c *Connection) buffers() *bufferPool {
	if c == nil {
		return &bufferPool{} // of nobody: every call fails
	}
	return &c.m.buffers
}
