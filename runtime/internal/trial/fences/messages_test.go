package fences_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// slipperyMessage is a message of some bytes whose methods are not to be trusted.
type slipperyMessage struct {
	grid.Bytes
	on map[string]func()
}

func (m *slipperyMessage) Msgsize() int { run(m.on["size"]); return m.Bytes.Msgsize() }

func (m *slipperyMessage) MarshalMsg(b []byte) ([]byte, error) {
	run(m.on["marshal"])
	return m.Bytes.MarshalMsg(b)
}

func (m *slipperyMessage) UnmarshalMsg(b []byte) ([]byte, error) {
	run(m.on["unmarshal"])
	return m.Bytes.UnmarshalMsg(b)
}

// slipping returns a constructor whose messages slip where it says; "new" is itself.
func slipping(where string, slip func()) func() *slipperyMessage {
	return func() *slipperyMessage {
		if where == "new" {
			slip()
		}
		return &slipperyMessage{on: map[string]func(){where: slip}}
	}
}

// messageOf slips in a message of a call, at the server.
func messageOf(where string, outcome grid.Outcome) func(*testing.T, trial.Role, func()) {
	return func(t *testing.T, r trial.Role, slip func()) {
		newReq, newResp := slipping("", nil), slipping(where, slip)
		if where == "newReq" {
			newReq = slipping("new", slip)
		} else if where == "unmarshal" {
			newReq = slipping(where, slip)
		}
		h := grid.NewSingleHandler(trial.IdOther, newReq, slipping("", nil))
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return errors.Join(trial.RegisterEcho(m), h.Register(m, func(context.Context, *slipperyMessage) (*slipperyMessage, error) { return newResp(), nil }))
		}})
		_, err := w.Conn.Request(t.Context(), trial.IdOther, nil)
		wantFenced(t, err, outcome)
		w.Alive(t)
	}
}

// slipperyStream is a handler of streams whose messages slip in one place.
func slipperyStream(where string, slip func()) *grid.StreamingHandler[*slipperyMessage, *slipperyMessage, *slipperyMessage] {
	pick := func(part string) func() *slipperyMessage {
		if at, ok := strings.CutSuffix(where, part); ok {
			return slipping(at, slip)
		}
		return slipping("", nil)
	}
	return grid.NewStreamingHandler(trial.IdStream, pick("Payload"), pick("In"), pick("Out"))
}

// streamOf slips in a message of a stream, in its handler. The client's are sound.
func streamOf(where string, outcome grid.Outcome) func(*testing.T, trial.Role, func()) {
	return func(t *testing.T, r trial.Role, slip func()) {
		h, sound := slipperyStream(where, slip), slipperyStream("", nil)
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return errors.Join(trial.RegisterEcho(m), m.Register(h.Handle(func(_ context.Context, _ *slipperyMessage, in *grid.Receiver[*slipperyMessage], out *grid.Sender[*slipperyMessage]) error {
				if _, err := in.Recv(); err != nil {
					return err
				}
				return out.Send(h.NewResponse())
			})))
		}})
		st, err := sound.Open(t.Context(), w.Conn, sound.NewPayload())
		if err != nil {
			t.Fatal(err)
		}
		_ = st.Send(sound.NewRequest()) // it may be over by then
		_, err = st.Recv()
		wantFenced(t, err, outcome)
		w.Alive(t)
	}
}

// channelsOf slips in a message of a stream with channels at both ends, at one of them.
func channelsOf(where string, outcome grid.Outcome) func(*testing.T, trial.Role, func()) {
	return func(t *testing.T, r trial.Role, slip func()) {
		server, client := slipperyStream(where, slip), slipperyStream("", nil)
		if outcome == grid.MayHaveRun {
			server, client = client, server
		}
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return errors.Join(trial.RegisterEcho(m), server.Register(m, func(ctx context.Context, _ *slipperyMessage, in <-chan *slipperyMessage, out chan<- *slipperyMessage) error {
				select {
				case <-in:
				case <-ctx.Done():
					return nil // as if nothing had happened
				}
				for range 3 {
					out <- server.NewResponse()
				}
				return nil
			}))
		}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		st, err := client.Call(ctx, w.Conn, client.NewPayload())
		if err != nil {
			t.Fatal(err)
		}
		trial.Settle() // the stream is open
		go func() {
			for range 3 {
				select {
				case st.Requests <- client.NewRequest():
				case <-ctx.Done():
					return
				}
			}
			close(st.Requests)
		}()
		wantFenced(t, st.Results(func(*slipperyMessage) error { return nil }), outcome)
		w.Alive(t)
	}
}

// tryGroup slips in the message that the answer of one of a group is decoded into.
func tryGroup(t *testing.T, r trial.Role, slip func()) {
	h := grid.NewSingleHandler(trial.IdOther, grid.NewNoPayload, slipping("new", slip))
	w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
		return errors.Join(trial.RegisterEcho(m), m.RegisterSingleHandler(trial.IdOther, trial.Echo))
	}})
	answers := grid.Collect(h.CallGroup(t.Context(), w.Node(r.Caller).Manager().Group(r.Server), grid.NewNoPayload()))
	if len(answers) != 1 {
		t.Fatalf("%d answers", len(answers))
	}
	wantFenced(t, answers[0].Err, grid.MayHaveRun)
	w.Alive(t)
}
