package trial

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// The ids of handlers in these tests. Each test registers its own.
const (
	IdCall   grid.HandlerID = 1
	IdStream grid.HandlerID = 2
	IdOther  grid.HandlerID = 3
)

// Result is the one outcome of a call that runs in a goroutine of its own.
type Result struct {
	Reply []byte
	Err   error
	After time.Duration
}

// Begin makes a call in the background.
func Begin(ctx context.Context, c *grid.Connection, id grid.HandlerID, payload []byte) <-chan Result {
	out := make(chan Result, 1)
	start := time.Now()
	go func() {
		reply, err := c.Request(ctx, id, payload)
		out <- Result{reply, err, time.Since(start)}
	}()
	return out
}

// Await receives, and fails the test after five minutes of fake time: a bubble
// whose Managers live on never comes to a standstill by itself.
func Await[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(5 * time.Minute):
		t.Fatalf("%s: nothing came", what)
		panic("unreachable")
	}
}

// Settle lets everything happen that takes no time, and a handler that waits on
// its session's reader be moved off it, which takes two ticks of a millisecond.
func Settle() {
	time.Sleep(5 * time.Millisecond)
	synctest.Wait()
}

// WantError checks code and outcome of an error.
func WantError(t *testing.T, what string, err error, code *grid.Error, outcome grid.Outcome) {
	t.Helper()
	if !errors.Is(err, code) || grid.OutcomeOf(err) != outcome {
		t.Errorf("%s: got %v, want %s (%v)", what, err, code.Code, outcome)
	}
}

// WantReply checks that a call went well.
func WantReply(t *testing.T, what string, reply []byte, err error, want string) {
	t.Helper()
	if err != nil || string(reply) != want {
		t.Errorf("%s: got %q, %v, want %q", what, reply, err, want)
	}
}

// Echo answers with what it was sent.
func Echo(_ context.Context, payload []byte) ([]byte, error) { return payload, nil }

// RegisterEcho serves echo as a call.
func RegisterEcho(m *grid.Manager) error { return m.RegisterSingleHandler(IdCall, Echo) }

// RegisterAll registers calls and streams of bytes.
func RegisterAll(calls map[grid.HandlerID]func(context.Context, []byte) ([]byte, error), streams map[grid.HandlerID]grid.StreamHandler) func(*grid.Manager) error {
	return func(m *grid.Manager) error {
		for id, fn := range calls {
			if err := m.RegisterSingleHandler(id, fn); err != nil {
				return err
			}
		}
		for id, h := range streams {
			if err := m.RegisterStreamingHandler(id, h); err != nil {
				return err
			}
		}
		return nil
	}
}

// Waiting is a handler that tells when it starts, waits for the end of its
// context, and tells why that was.
type Waiting struct {
	Started chan string
	Ended   chan error // grid.Cause of its context
}

func NewWaiting() *Waiting {
	return &Waiting{Started: make(chan string, 100), Ended: make(chan error, 100)}
}

func (h *Waiting) call(ctx context.Context, p []byte) ([]byte, error) {
	h.Started <- string(p)
	<-ctx.Done()
	h.Ended <- grid.Cause(ctx)
	return nil, ctx.Err()
}

func (h *Waiting) Stream(ctx context.Context, p []byte, _ <-chan []byte, _ chan<- []byte) error {
	_, err := h.call(ctx, p)
	return err
}

func (h *Waiting) Register(m *grid.Manager) error {
	return RegisterAll(
		map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){IdCall: h.call, IdOther: Echo},
		map[grid.HandlerID]grid.StreamHandler{IdStream: {Handle: h.Stream, InCapacity: 4, OutCapacity: 4}},
	)(m)
}

func Warm(t *testing.T, c *grid.Connection) {
	t.Helper()
	for range 10 {
		reply, err := c.Request(t.Context(), IdOther, []byte("warm"))
		WantReply(t, "warming up", reply, err, "warm")
	}
}
