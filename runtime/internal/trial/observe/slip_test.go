package observe_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// slippery is an observer that slips where it is told to.
type slippery struct{ begin, end, session func() }

func (x *slippery) Begin(ctx context.Context, _ *grid.CallInfo) context.Context {
	if x.begin != nil {
		x.begin()
		return nil
	}
	return ctx
}

func (x *slippery) End(context.Context, *grid.CallInfo, grid.CallEnd) {
	if x.end != nil {
		x.end()
	}
}

func (x *slippery) Session(grid.SessionEvent) {
	if x.session != nil {
		x.session()
	}
}

// What an observer does instead of returning ends no more than the call that it was
// told of, at either end, and the other observers are told all the same.
func TestObserversThatSlip(t *testing.T) {
	slips := map[string]func(){
		"panic":       func() { panic("hunter2") },
		"nil pointer": func() { _ = (*slippery)(nil).begin },
		"Goexit":      runtime.Goexit,
		"nil context": func() {},
	}
	places := map[string]func(slip func()) *slippery{
		"Begin":   func(slip func()) *slippery { return &slippery{begin: slip} },
		"End":     func(slip func()) *slippery { return &slippery{end: slip} },
		"Session": func(slip func()) *slippery { return &slippery{session: slip} },
	}
	for at, place := range places {
		for name, slip := range slips {
			for _, node := range []string{"a", "b"} {
				t.Run(at+"/"+name+"/"+node, func(t *testing.T) {
					configure := func(n string, o *grid.Options) {
						if n == node {
							o.Observers = append(o.Observers, place(slip))
						}
					}
					register := func(m *grid.Manager) error {
						return errors.Join(m.RegisterSingleHandler(idCall, echo), m.Register(chat.Handle(answer)))
					}
					observed(t, configure, register, func(t *testing.T, p *pair) { trySlip(t, p, name == "Goexit" && at != "Session", node) })
				})
			}
		}
	}
}

func trySlip(t *testing.T, p *pair, ends bool, node string) {
	for range 3 {
		done := make(chan error, 1)
		go func() {
			err := errors.New("the goroutine has ended")
			defer func() { done <- err }()
			var reply []byte
			if reply, err = p.conn.Request(t.Context(), idCall, []byte("x")); err == nil && string(reply) != "x" {
				err = errors.New("another answer")
			}
		}()
		err := <-done
		switch {
		case !ends && err != nil:
			t.Errorf("a call: %v", err)
		case ends && node == "b" && !errors.Is(err, grid.ErrInternal) && err != nil:
			t.Errorf("a call: %v", err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the caller was told: %v", err)
		}
		if n := len(p.a.take(t)); n != 1 {
			t.Errorf("the client's other observer was told of %d calls", n)
		}
		if n := len(p.b.take(t)); n > 1 || n == 0 && !ends {
			t.Errorf("the server's other observer was told of %d calls", n)
		}
	}
	if ends && node == "a" {
		return // it ends the goroutine that opens the stream
	}
	d, err := chat.Open(t.Context(), p.conn, new(grid.Bytes))
	if err != nil {
		t.Fatal(err)
	}
	_ = d.CloseSend()
	if _, err := d.Recv(); err == nil {
		t.Error("a message that was not sent")
	}
	time.Sleep(10 * time.Millisecond)
	if a, b := p.a.take(t), p.b.take(t); len(a) != 1 || len(b) != 1 {
		t.Errorf("the other observers were told of %d and %d streams", len(a), len(b))
	}
	if s := p.conn.Stats(); s.CallsInFlight != 0 || s.StreamsOpen != 0 {
		t.Errorf("left behind: %+v", s)
	}
}

// Observers stand around the interceptors: they are told of what these refuse or answer
// themselves, with the outcome that the caller gets.
func TestObserversStandAroundInterceptors(t *testing.T) {
	refuse := grid.NewError(grid.PermissionDenied, "not you")
	configure := func(name string, o *grid.Options) {
		x := []grid.Interceptor{{
			Call: func(ctx context.Context, h *grid.HandlerInfo, p []byte, next grid.CallFunc) ([]byte, error) {
				switch string(p) {
				case "refuse at " + name:
					return nil, refuse
				case "answer at " + name:
					return []byte("by itself"), nil
				case "panic at " + name:
					panic("slip")
				}
				return next(ctx, p)
			},
		}}
		if name == "a" {
			o.ClientInterceptors = x
		} else {
			o.ServerInterceptors = x
		}
	}
	observed(t, configure, func(m *grid.Manager) error { return m.RegisterSingleHandler(idCall, echo) }, func(t *testing.T, p *pair) {
		call := func(what string) {
			defer func() { _ = recover() }()
			_, _ = p.conn.Request(t.Context(), idCall, []byte(what))
		}
		call("pass")
		wantEnd(t, "passed", p.a.one(t), "", grid.Ran)
		if x := p.b.one(t); x.end.BytesSent != 4 {
			t.Errorf("passed: %+v", x.end)
		}
		call("refuse at a")
		if x := p.a.one(t); x.end.Err != refuse || x.end.Attempts != 0 {
			t.Errorf("refused by the client's interceptor: %+v", x.end)
		}
		call("answer at a")
		wantEnd(t, "answered by the client's interceptor", p.a.one(t), "", grid.Ran)
		call("panic at a")
		wantEnd(t, "a client's interceptor that panics", p.a.one(t), grid.Internal, grid.MayHaveRun)
		if all := p.b.take(t); len(all) != 0 {
			t.Errorf("%d calls arrived", len(all))
		}
		call("refuse at b")
		wantEnd(t, "refused by the server's interceptor", p.a.one(t), grid.PermissionDenied, grid.Rejected)
		wantEnd(t, "refused by the server's interceptor", p.b.one(t), grid.PermissionDenied, grid.Rejected)
		call("panic at b")
		p.a.one(t)
		wantEnd(t, "a server's interceptor that panics", p.b.one(t), grid.Internal, grid.Rejected)
	})
}
