package grid

import (
	"context"
	"io"
)

// RegisterSingleHandler registers a handler of byte payloads under a subroute, if
// its parts are given: see Connection.Subroute. The payload is the handler's until it returns; what it returns
// belongs to the runtime.
func (m *Manager) RegisterSingleHandler(id HandlerID, fn func(ctx context.Context, payload []byte) ([]byte, error), subroute ...string) error {
	name, fault := joinSubroute(subroute)
	return m.Register(Registration{&handler{id: id, subroute: name, fault: fault, single: fn}})
}

// StreamHandler is a handler of a stream of byte messages.
type StreamHandler struct {
	// Handle runs for each stream. in delivers the client's messages and is closed
	// at the end of input, and only then: on cancel, deadline or disconnect ctx
	// ends and in stays as it is, so that an end that is none is never mistaken
	// for one. Select on both. out is closed by the runtime, never by Handle. Both
	// are nil where the capacity is 0. Messages from in belong to Handle; what is
	// sent to out belongs to the runtime.
	Handle func(ctx context.Context, payload []byte, in <-chan []byte, out chan<- []byte) error
	// Subroute is the name that the handler is registered under, or "". It is one
	// part and holds no "/": RegisterStreamingHandler takes several.
	Subroute string
	// OutCapacity and InCapacity bound the messages that the receiver holds
	// unread; 0 means that there are none in that direction.
	OutCapacity int
	InCapacity  int
}

// RegisterStreamingHandler registers a handler of streams, under the parts of a
// subroute, if h.Subroute or further ones are given.
func (m *Manager) RegisterStreamingHandler(id HandlerID, h StreamHandler, subroute ...string) error {
	if h.Handle == nil {
		return &Error{Code: InvalidArgument, Message: "StreamHandler.Handle is nil"}
	}
	if h.InCapacity < 0 || h.InCapacity > maxCapacity || h.OutCapacity < 0 || h.OutCapacity > maxCapacity {
		return &Error{Code: InvalidArgument, Message: "a stream's capacity is 0 to 65535"}
	}
	if h.Subroute != "" {
		subroute = append([]string{h.Subroute}, subroute...)
	}
	name, fault := joinSubroute(subroute)
	return m.Register(Registration{&handler{id: id, subroute: name, fault: fault, stream: h.serve, inCap: h.InCapacity, outCap: h.OutCapacity}})
}

// serve adapts the channel shape to the core.
func (h *StreamHandler) serve(ctx context.Context, payload []byte, st *stream) (err error) {
	var in, out chan []byte
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if h.InCapacity > 0 {
		in = make(chan []byte)
		st.s.m.goroutines.Go(func() { pumpInput(ctx, st, in) })
	}
	if h.OutCapacity == 0 {
		return h.Handle(ctx, payload, in, nil)
	}
	out = make(chan []byte)
	sent := make(chan error, 1)
	st.s.m.goroutines.Go(func() { sent <- pumpOutput(st, payload, out, stop) })
	defer func() {
		close(out)
		// What the handler sent goes out before its result, and what could not
		// be sent is its result: nobody may take the stream for complete.
		if fault := <-sent; err == nil {
			err = fault
		}
	}()
	return h.Handle(ctx, payload, in, out)
}

// pumpInput moves the client's messages to a channel.
func pumpInput(ctx context.Context, st *stream, to chan<- []byte) {
	for {
		msg, err := st.recv()
		if err == io.EOF {
			close(to)
			return
		}
		if err != nil {
			return // ctx tells
		}
		select {
		case to <- append([]byte(nil), msg...):
		case <-ctx.Done():
			return
		}
	}
}

// pumpOutput moves the handler's messages to the stream until the channel is
// closed. Once one cannot be sent, because it is too large or the stream is
// over, it stops the handler, drops the others and returns why. Parts of the
// payload are copied: its buffer is given back once, when the handler has returned.
func pumpOutput(st *stream, payload []byte, from <-chan []byte, stop func()) (fault error) {
	for msg := range from {
		own := !sameMemory(msg, payload)
		if fault != nil {
			if own {
				st.s.m.buffers.put(msg)
			}
			continue
		}
		if fault = st.send(msg, own); fault != nil {
			stop()
		}
	}
	return fault
}
