package grid

import (
	"context"

	"github.com/gridrpc/gridc/runtime/internal/mux/calls"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
)

// observed reports whether somebody between here and the network sees payloads
// and answers, and may keep them.
func (c *Connection) observed() bool { return c != nil && len(c.m.clientInterceptors) > 0 }

// intercepted makes a call through the client's interceptors.
func (c *Connection) intercepted(ctx context.Context, key handlers.RouteKey, o calls.Options, payload []byte) ([]byte, error) {
	h := &HandlerInfo{ID: key.ID, Name: o.Name, Subroute: key.Subroute, Peer: c.name}
	return interceptCall(ctx, c.m.clientInterceptors, h, payload, func(ctx context.Context, payload []byte) ([]byte, error) {
		settings := o
		return c.requestDirect(ctx, key, &settings, payload)
	})
}

// interceptedOpen begins a stream through the client's interceptors.
func (c *Connection) interceptedOpen(ctx context.Context, key handlers.RouteKey, o calls.Options, payload []byte) (*streams.Stream, error) {
	h := &HandlerInfo{ID: key.ID, Name: o.Name, Subroute: key.Subroute, Peer: c.name, Stream: true}
	var st *streams.Stream
	returned := false
	defer func() {
		if !returned && st != nil { // an interceptor panicked: nobody has the stream
			st.GiveUp(&Error{Code: Canceled, Message: "an interceptor panicked"})
		}
	}()
	err := interceptStream(ctx, c.m.clientInterceptors, h, payload, func(ctx context.Context, payload []byte) error {
		settings := o
		var err error
		st, err = c.openDirect(ctx, key, &settings, payload)
		return err
	})
	returned = true
	switch {
	case err == nil && st == nil:
		return nil, &Error{Code: Internal, Outcome: NotSent, Message: "an interceptor neither began the stream nor returned an error"}
	case err != nil && st != nil:
		st.GiveUp(&Error{Code: Canceled, Message: "an interceptor refused the stream"})
		return nil, err
	case err != nil:
		return nil, err
	}
	st.In.OnEnd(func(err error) { tellEnded(&c.m.node, c.m.clientInterceptors, h, err) })
	return st, nil
}
