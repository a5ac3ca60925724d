package faults

import (
	"context"
	"io"
	"sync"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// The handlers that every node has.
const (
	idCall   grid.HandlerID = 1
	idStream grid.HandlerID = 2
)

// relay is a stream of as many messages in each direction as its payload says.
var relay = grid.NewStreamingHandler(idStream, grid.NewBytes, grid.NewBytes, grid.NewBytes, grid.WithCapacity(8, 8))

// Service is what a node serves. It takes down each run of a handler.
type Service struct {
	record Recorder
	gate   chan struct{}
	once   sync.Once
}

// NewService returns a service that records its runs.
func NewService(r Recorder) *Service { return &Service{record: r, gate: make(chan struct{})} }

// Open lets all handlers answer that wait for it, now and from now on.
func (s *Service) Open() { s.once.Do(func() { close(s.gate) }) }

// Register adds the handlers to a node.
func (s *Service) Register(m *grid.Manager) error {
	if err := m.RegisterSingleHandler(idCall, s.call); err != nil {
		return err
	}
	return m.Register(relay.Handle(s.relay))
}

func (s *Service) call(ctx context.Context, payload []byte) ([]byte, error) {
	o, ok := parseOrder(payload)
	if !ok {
		s.record.Note(0, Wrong)
		return nil, grid.NewError(grid.InvalidArgument, "this is no order")
	}
	s.record.Note(o.id, Entered)
	switch o.how {
	case sleeps:
		select {
		case <-time.After(o.hold):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	case waits:
		<-s.gate
	}
	return o.answer(), nil
}

// relay answers each message by its echo, until all have come and the input ends.
func (s *Service) relay(_ context.Context, payload *grid.Bytes, in *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
	o, ok := parseOrder(*payload)
	if !ok {
		s.record.Note(0, Wrong)
		return grid.NewError(grid.InvalidArgument, "this is no order")
	}
	s.record.Note(o.id, Entered)
	for n := 0; ; n++ {
		msg, err := in.Recv()
		if err == io.EOF && n == o.reply {
			return nil
		}
		if err == io.EOF || err == nil && !o.isMessage(*msg, n, false) {
			s.record.Note(o.id, Wrong) // an end too early, or a gap
			return grid.NewError(grid.InvalidArgument, "this is not what is due")
		}
		if err != nil {
			return err
		}
		if err := out.Send(grid.NewBytesWith(o.message(n, true))); err != nil {
			return err
		}
	}
}
