package sim

import (
	"context"
	"io"
	"sync"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// Handler ids of streams: a shape each, and a lane each; the channels of the
// bytes API have no lanes.
const (
	idStreams  grid.HandlerID = 100
	idChannels grid.HandlerID = 200
)

var lanes = []grid.Priority{grid.PriorityHigh, grid.PriorityNormal, grid.PriorityLow}

func streamID(shape Shape, lane grid.Priority) grid.HandlerID {
	return idStreams + grid.HandlerID(shape)*10 + grid.HandlerID(lane)
}

func (w *world) options(lane grid.Priority) []grid.HandlerOption {
	return []grid.HandlerOption{grid.WithPriority(lane), grid.WithCapacity(w.capacity[0], w.capacity[1])}
}

func (w *world) duplex(lane grid.Priority) *duplex {
	return grid.NewStreamingHandler(streamID(Duplex, lane), grid.NewBytes, grid.NewBytes, grid.NewBytes, w.options(lane)...)
}

func (w *world) down(lane grid.Priority) *down {
	return grid.NewStreamingHandler(streamID(Down, lane), grid.NewBytes, grid.NewNoPayload, grid.NewBytes, w.options(lane)...)
}

func (w *world) up(lane grid.Priority) *up {
	return grid.NewStreamingHandler(streamID(Up, lane), grid.NewBytes, grid.NewBytes, grid.NewNoPayload, w.options(lane)...)
}

func (w *world) silent(lane grid.Priority) *silent {
	return grid.NewStreamingHandler(streamID(Silent, lane), grid.NewBytes, grid.NewNoPayload, grid.NewNoPayload, w.options(lane)...)
}

func (w *world) streamHandlers(node string, lane grid.Priority) []grid.Registration {
	return []grid.Registration{
		w.duplex(lane).Handle(func(ctx context.Context, p *grid.Bytes, in *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
			return w.serveStream(ctx, node, *p, typedInput(in), typedOutput(out))
		}),
		w.down(lane).Handle(func(ctx context.Context, p *grid.Bytes, _ *grid.Receiver[*grid.NoPayload], out *grid.Sender[*grid.Bytes]) error {
			return w.serveStream(ctx, node, *p, nil, typedOutput(out))
		}),
		w.up(lane).Handle(func(ctx context.Context, p *grid.Bytes, in *grid.Receiver[*grid.Bytes], _ *grid.Sender[*grid.NoPayload]) error {
			return w.serveStream(ctx, node, *p, typedInput(in), nil)
		}),
		w.silent(lane).Handle(func(ctx context.Context, p *grid.Bytes, _ *grid.Receiver[*grid.NoPayload], _ *grid.Sender[*grid.NoPayload]) error {
			return w.serveStream(ctx, node, *p, nil, nil)
		}),
	}
}

// input takes the next message, output gives one; nil where there is none.
type (
	input  func(ctx context.Context) ([]byte, error)
	output func(ctx context.Context, b []byte) error
)

func typedInput(in interface{ Recv() (*grid.Bytes, error) }) input {
	return func(context.Context) ([]byte, error) {
		msg, err := in.Recv()
		if err != nil {
			return nil, err
		}
		return *msg, nil
	}
}

func typedOutput(out interface{ Send(*grid.Bytes) error }) output {
	return func(_ context.Context, b []byte) error { return out.Send(grid.NewBytesWith(b)) }
}

func channelInput(in <-chan []byte) input {
	return func(ctx context.Context) ([]byte, error) {
		select {
		case msg, ok := <-in:
			if !ok {
				return nil, io.EOF
			}
			return msg, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func channelOutput(out chan<- []byte) output {
	return func(ctx context.Context, b []byte) error {
		select {
		case out <- b:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// serveStream is the handler of all streams.
func (w *world) serveStream(ctx context.Context, node string, payload []byte, in input, out output) error {
	st := w.streams[idOf(ctx)]
	if st == nil {
		w.odd("a handler ran for no stream of this world")
		return grid.ErrInternal
	}
	run := &StreamRun{Run: Run{Node: node, Started: w.now(), Code: grid.Internal}}
	run.Request = grid.GetCaller(ctx) == st.From && isFill(payload, st.ID, asPayload, 0, st.Payload)
	w.note(func() { st.Runs = append(st.Runs, run) })
	stop := context.AfterFunc(ctx, func() {
		w.note(func() { run.Canceled = w.now() })
	})
	defer func() {
		stop()
		w.note(func() { run.Ended, run.Over = w.now(), true })
	}()
	err := w.exchange(ctx, st, run, in, out)
	if err == nil {
		err = behave(ctx, st.Does, st.Takes)
	}
	w.note(func() { run.Code = codeOf(err) })
	return err
}

// exchange sends and receives until both are done.
func (w *world) exchange(ctx context.Context, st *Stream, run *StreamRun, in input, out output) error {
	var sending sync.WaitGroup
	var sendErr error
	if out != nil {
		sending.Go(func() { sendErr = w.sendAll(ctx, st, &run.Server, fromServer, st.Down, out) })
	}
	var err error
	if in != nil && !st.Early {
		err = w.receiveAll(ctx, st, &run.Server, fromClient, in, st.ServerPause)
		if err == io.EOF {
			w.note(func() { run.EOF = true })
			err = nil
		}
	}
	sending.Wait()
	if err == nil {
		err = sendErr
	}
	return err
}

// sendAll sends n messages.
func (w *world) sendAll(ctx context.Context, st *Stream, side *Side, whose, n int, out output) error {
	for i := range n {
		if err := until(ctx, st.SendPause); err != nil {
			return err
		}
		if err := out(ctx, st.message(whose, i)); err != nil {
			return err
		}
		w.note(func() { side.Sent++ })
	}
	return nil
}

// receiveAll receives until an error, which is io.EOF for a good end.
func (w *world) receiveAll(ctx context.Context, st *Stream, side *Side, whose int, in input, pause time.Duration) error {
	for {
		msg, err := in(ctx)
		if err != nil {
			return err
		}
		w.note(func() { side.Received = append(side.Received, st.number(msg, whose)) })
		if err := until(ctx, pause); err != nil {
			return err
		}
	}
}
