package typed_test

import (
	"context"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// A handler can be had with another payload and with other capacities. The one
// that it was made from stays as it is.
func TestStreamsWithOtherPayloadsAndCapacities(t *testing.T) {
	const in, out = 3, 5
	plain := grid.NewStreamingHandler(trial.IdStream, grid.NewMSS, grid.NewBytes, grid.NewBytes)
	made := make(chan struct{}, 1)
	h := plain.WithInCapacity(in).WithOutCapacity(out).WithPayload(func() *grid.MSS {
		made <- struct{}{}
		return grid.NewMSS()
	})
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		sent := make(chan int, 1)
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return m.Register(h.Handle(func(ctx context.Context, payload *grid.MSS, _ *grid.Receiver[*grid.Bytes], to *grid.Sender[*grid.Bytes]) error {
				if payload.Get("name") != "x" {
					t.Errorf("the payload is %v", *payload)
				}
				answer := plain.NewResponse()
				*answer = []byte("answer")
				sent <- sends(ctx, func() error { return to.Send(answer) })
				return nil
			}))
		}})
		payload := plain.NewPayload()
		payload.Set("name", "x")
		st, err := h.Open(t.Context(), w.Conn, payload)
		if err != nil {
			t.Fatal(err)
		}
		request := plain.NewRequest()
		*request = []byte("request")
		if n := sends(t.Context(), func() error { return st.Send(request) }); n != in {
			t.Errorf("the client sent %d messages that nobody read, the handler holds %d", n, in)
		}
		if n := trial.Await(t, "handler", sent); n != out {
			t.Errorf("the handler sent %d messages that nobody read, the client holds %d", n, out)
		}
		select {
		case <-made:
		default:
			t.Error("the payload was made by somebody else")
		}
	})
}

// sends counts how often a message can be sent before there is no more room.
func sends(ctx context.Context, send func() error) int {
	done := make(chan error)
	go func() {
		for {
			err := send()
			select {
			case done <- err:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	for n := 0; ; n++ {
		select {
		case err := <-done:
			if err != nil {
				return -1
			}
		case <-time.After(time.Minute):
			return n
		}
	}
}

// Requests and responses come from the handler that they are for, which uses them
// again.
func TestRequestsOfAHandler(t *testing.T) {
	h := grid.NewSingleHandler(trial.IdCall, grid.NewBytes, grid.NewMSS, grid.WithReuse())
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return h.Register(m, func(_ context.Context, req *grid.Bytes) (*grid.MSS, error) {
				resp := h.NewResponse()
				resp.Set("said", string(*req))
				return resp, nil
			})
		}})
		for _, text := range []string{"first", "second"} {
			req := h.NewRequest()
			*req = append((*req)[:0], text...)
			resp, err := h.Call(t.Context(), w.Conn, req)
			if err != nil || resp.Get("said") != text {
				t.Fatalf("%v, %v", resp, err)
			}
			h.PutResponse(resp)
		}
	})
}
