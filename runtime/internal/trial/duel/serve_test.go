package duel_test

import (
	"context"
	"encoding/binary"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// What the nodes of a duel serve, by the operands of opCall and opOpen.
var (
	duelCalls   = []grid.HandlerID{1, 2, 3, 99, 5} // echo, block, bulk, nobody's, panic
	duelStreams = []grid.HandlerID{11, 12, 13}     // echo, never reads, sends without end
)

func (d *duel) serveCalls(m *grid.Manager) error {
	for i, handle := range []func(context.Context, []byte) ([]byte, error){
		func(_ context.Context, p []byte) ([]byte, error) { return p, nil },
		func(ctx context.Context, p []byte) ([]byte, error) { return p, d.block(ctx) },
		func(context.Context, []byte) ([]byte, error) { return make([]byte, 200<<10), nil },
		nil,
		func(context.Context, []byte) ([]byte, error) { panic("as it was told") },
	} {
		if handle == nil {
			continue
		}
		err := m.RegisterSingleHandler(duelCalls[i], func(ctx context.Context, p []byte) ([]byte, error) {
			d.ran(p)
			return handle(ctx, p)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *duel) serveStreams(m *grid.Manager) error {
	for i, handle := range []func(context.Context, []byte, <-chan []byte, chan<- []byte) error{
		trial.EchoStream,
		func(ctx context.Context, _ []byte, _ <-chan []byte, _ chan<- []byte) error { return d.block(ctx) },
		sendForEver,
	} {
		err := m.RegisterStreamingHandler(duelStreams[i], grid.StreamHandler{InCapacity: 4, OutCapacity: 4,
			Handle: func(ctx context.Context, p []byte, in <-chan []byte, out chan<- []byte) error {
				d.ran(p)
				return handle(ctx, p, in, out)
			}})
		if err != nil {
			return err
		}
	}
	return nil
}

func sendForEver(ctx context.Context, _ []byte, _ <-chan []byte, out chan<- []byte) error {
	for {
		select {
		case out <- make([]byte, 1000):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// block waits until the program is over, or nobody waits for the handler.
func (d *duel) block(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-d.free:
		return nil
	}
}

// ran notes that a handler got the payload of a task, which begins with its number.
func (d *duel) ran(payload []byte) {
	if len(payload) < 8 {
		return // by hand
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.runs[binary.BigEndian.Uint64(payload)]++
}
