package sim

import (
	"context"
	"errors"
	"runtime"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

type (
	single = grid.SingleHandler[*grid.Bytes, *grid.Bytes]
	duplex = grid.StreamingHandler[*grid.Bytes, *grid.Bytes, *grid.Bytes]
	down   = grid.StreamingHandler[*grid.Bytes, *grid.NoPayload, *grid.Bytes]
	up     = grid.StreamingHandler[*grid.Bytes, *grid.Bytes, *grid.NoPayload]
	silent = grid.StreamingHandler[*grid.Bytes, *grid.NoPayload, *grid.NoPayload]
)

func newSingle(id grid.HandlerID, opts ...grid.HandlerOption) *single {
	switch id {
	case idHigh:
		opts = append(opts, grid.WithPriority(grid.PriorityHigh))
	case idLow:
		opts = append(opts, grid.WithPriority(grid.PriorityLow))
	case idIdempotent:
		opts = append(opts, grid.WithIdempotent())
	}
	return grid.NewSingleHandler(id, grid.NewBytes, grid.NewBytes, opts...)
}

// register registers all handlers of a node.
func (w *world) register(m *grid.Manager, node string) error {
	var regs []grid.Registration
	for id := idHigh; id <= idIdempotent; id++ {
		regs = append(regs, newSingle(id).Handle(func(ctx context.Context, req *grid.Bytes) (*grid.Bytes, error) {
			reply, err := w.serve(ctx, node, *req)
			return grid.NewBytesWith(reply), err
		}))
	}
	mirror := func(ctx context.Context, payload []byte) ([]byte, error) {
		if _, err := w.serve(ctx, node, payload); err != nil {
			return nil, err
		}
		return payload, nil
	}
	for _, lane := range lanes {
		regs = append(regs, w.streamHandlers(node, lane)...)
	}
	probe := func(_ context.Context, payload []byte) ([]byte, error) { return payload, nil }
	if err := errors.Join(m.Register(regs...), m.RegisterSingleHandler(idMirror, mirror), m.RegisterSingleHandler(idProbe, probe)); err != nil {
		return err
	}
	return m.RegisterStreamingHandler(idChannels, grid.StreamHandler{
		InCapacity: w.capacity[0], OutCapacity: w.capacity[1],
		Handle: func(ctx context.Context, payload []byte, in <-chan []byte, out chan<- []byte) error {
			return w.serveStream(ctx, node, payload, channelInput(in), channelOutput(out))
		},
	})
}

// serve is the handler of all calls.
func (w *world) serve(ctx context.Context, node string, payload []byte) (reply []byte, err error) {
	call := w.calls[idOf(ctx)]
	if call == nil {
		w.odd("a handler ran for no call of this world")
		return nil, grid.ErrInternal
	}
	run := &Run{Node: node, Started: w.now(), Request: grid.GetCaller(ctx) == call.From && isFill(payload, call.ID, asRequest, 0, call.Size)}
	w.note(func() { call.Runs = append(call.Runs, run) })
	stop := context.AfterFunc(ctx, func() {
		w.note(func() { run.Canceled = w.now() })
	})
	run.Code = grid.Internal // of a panic
	defer func() {
		stop()
		w.note(func() { run.Ended, run.Over = w.now(), true })
	}()
	err = behave(ctx, call.Does, call.Takes)
	run.Code = codeOf(err)
	if err != nil {
		return nil, err
	}
	return fill(call.ID, asReply, 0, call.Reply), nil
}

// codeOf is the code under which the client will hear of an error.
func codeOf(err error) grid.Code {
	var e *grid.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Code
	case errors.Is(err, context.DeadlineExceeded):
		return grid.DeadlineExceeded
	case errors.Is(err, context.Canceled):
		return grid.Canceled
	}
	return grid.Internal
}

// behave does what a handler is to do.
func behave(ctx context.Context, does Does, takes time.Duration) error {
	switch does {
	case Sleeps:
		time.Sleep(takes)
	case Waits:
		return until(ctx, takes)
	case Hangs:
		<-ctx.Done()
		return ctx.Err()
	case Fails:
		return grid.NewError(grid.NotFound, "as planned")
	case Panics:
		panic("as planned")
	case Exits:
		runtime.Goexit()
	}
	return nil
}
