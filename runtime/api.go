package grid

import (
	"context"
)

// Priority is the lane that a message travels in.
type Priority uint8

// The lanes that an application chooses from.
const (
	PriorityNormal Priority = iota
	PriorityHigh
	PriorityLow
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
