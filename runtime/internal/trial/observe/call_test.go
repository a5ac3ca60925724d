package observe_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

func echo(_ context.Context, p []byte) ([]byte, error) { return p, nil }

// Both ends are told of a call, with the same figures, and what the client's observer
// adds to the metadata arrives at the server's, and at the handler.
func TestBothEndsOfACall(t *testing.T) {
	var mark string
	handler := func(ctx context.Context, p []byte) ([]byte, error) {
		mark = grid.GetMetadata(ctx)["mark"]
		if grid.GetCaller(ctx) != "a" || grid.GetSubroute(ctx) != "d1" {
			t.Error("the handler does not know its caller or its subroute")
		}
		time.Sleep(3 * time.Millisecond)
		return append(p, '!'), nil
	}
	observed(t, nil, func(m *grid.Manager) error { return m.RegisterSingleHandler(idCall, handler, "d1") }, func(t *testing.T, p *pair) {
		if _, err := p.conn.Subroute("d1").Request(t.Context(), idCall, []byte("twelve bytes")); err != nil {
			t.Fatal(err)
		}
		a, b := p.a.one(t), p.b.one(t)
		wantEnd(t, "client", a, "", grid.Ran)
		wantEnd(t, "server", b, "", grid.Ran)
		if mark != "of a" || b.meta["mark"] != "of a" {
			t.Errorf("the metadata is %q at the handler, %v at its observer", mark, b.meta)
		}
		if i := a.after; i.Server || i.Stream || i.ID != idCall || i.Subroute != "d1" || i.Peer != "b" || i.Session != 1 || i.Timeout != time.Minute || !strings.HasPrefix(i.Remote, "b:") || !strings.HasPrefix(i.Local, "a:") {
			t.Errorf("the client's observer was told of %+v", i)
		}
		if i := b.after; !i.Server || i.Stream || i.ID != idCall || i.Subroute != "d1" || i.Peer != "a" || i.Session != 1 {
			t.Errorf("the server's observer was told of %+v", i)
		}
		if e := a.end; e.BytesSent != 12 || e.BytesReceived != 13 || e.Attempts != 1 || e.Took != 5*time.Millisecond {
			t.Errorf("the client's end: %+v", e)
		}
		if e := b.end; e.BytesReceived != 12 || e.BytesSent != 13 || e.Attempts != 1 || e.Took != 3*time.Millisecond {
			t.Errorf("the server's end: %+v", e)
		}
	})
}

// endings are ways for a call to end, with what each end is told of it.
var endings = []struct {
	name           string
	handler        func(ctx context.Context, p []byte) ([]byte, error)
	timeout        time.Duration
	client, server grid.Code
	outcome        grid.Outcome
}{
	{name: "an error", handler: func(context.Context, []byte) ([]byte, error) { return nil, grid.NewError(grid.InvalidArgument, "no") }, client: grid.InvalidArgument, server: grid.InvalidArgument, outcome: grid.Ran},
	{name: "an error that is not told", handler: func(context.Context, []byte) ([]byte, error) { return nil, errSecret }, client: grid.Internal, server: grid.Internal, outcome: grid.Ran},
	{name: "a panic", handler: func(context.Context, []byte) ([]byte, error) { panic("slip") }, client: grid.Internal, server: grid.Internal, outcome: grid.Ran},
	{name: "Goexit", handler: func(context.Context, []byte) ([]byte, error) { runtime.Goexit(); return nil, nil }, client: grid.Internal, server: grid.Internal, outcome: grid.Ran},
	{name: "its deadline", timeout: 20 * time.Millisecond, handler: func(ctx context.Context, _ []byte) ([]byte, error) { <-ctx.Done(); return nil, ctx.Err() }, client: grid.DeadlineExceeded, server: grid.DeadlineExceeded, outcome: grid.MayHaveRun},
}

var errSecret = errors.New("a secret")

// However a call ends, each end is told once.
func TestEndsOfACall(t *testing.T) { tryEndings(t, nil) }

// The same is told to an observer behind others that do not return when they are told of the end.
func TestEndsOfACallBehindOthersThatSlip(t *testing.T) {
	tryEndings(t, func(node string, o *grid.Options) {
		panics := &slippery{end: func() { panic("slip") }}
		o.Observers = append(o.Observers, panics, panics)
		if node == "b" { // at "a" it would end the goroutine of the test
			o.Observers = append(o.Observers, &slippery{end: runtime.Goexit})
		}
	})
}

func tryEndings(t *testing.T, configure func(node string, o *grid.Options)) {
	for _, e := range endings {
		t.Run(e.name, func(t *testing.T) {
			observed(t, configure, func(m *grid.Manager) error { return m.RegisterSingleHandler(idCall, e.handler) }, func(t *testing.T, p *pair) {
				ctx := t.Context()
				if e.timeout > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, e.timeout)
					defer cancel()
				}
				_, err := p.conn.Request(ctx, idCall, nil)
				if err == nil {
					t.Fatal("no error")
				}
				time.Sleep(100 * time.Millisecond) // the server notices a deadline by itself
				a, b := p.a.one(t), p.b.one(t)
				wantEnd(t, "client", a, e.client, e.outcome)
				wantEnd(t, "server", b, e.server, grid.Ran)
				if a.end.Err != err {
					t.Errorf("the client's observer got %v, the caller %v", a.end.Err, err)
				}
				if e.name == "an error that is not told" && b.end.Err != errSecret {
					t.Errorf("the server's observer got %v", b.end.Err)
				}
			})
		})
	}
}

// Calls that never reach a handler are told, too: here and there.
func TestRefusedCalls(t *testing.T) {
	block := make(chan struct{})
	handler := func(ctx context.Context, p []byte) ([]byte, error) {
		select {
		case <-block:
		case <-ctx.Done():
		}
		return nil, nil
	}
	limit := func(name string, o *grid.Options) { o.Limits.RunningCalls = 1 }
	observed(t, limit, func(m *grid.Manager) error { return m.RegisterSingleHandler(idCall, handler) }, func(t *testing.T, p *pair) {
		block = make(chan struct{})
		if _, err := p.conn.Request(t.Context(), idOther, nil); !errors.Is(err, grid.ErrUnknownHandler) {
			t.Fatal(err)
		}
		wantEnd(t, "a handler that is not there", p.a.one(t), grid.UnknownHandler, grid.NotSent)

		first := make(chan error)
		go func() {
			_, err := p.conn.Request(t.Context(), idCall, nil)
			first <- err
		}()
		synctest.Wait()
		time.Sleep(10 * time.Millisecond)
		if _, err := p.conn.Request(t.Context(), idCall, nil); !errors.Is(err, grid.ErrResourceExhausted) {
			t.Fatal(err)
		}
		close(block)
		if err := <-first; err != nil {
			t.Fatal(err)
		}
		var refused *recorded
		for _, x := range p.b.take(t) {
			if x.end.Code != "" {
				refused = x
			}
		}
		if refused == nil {
			t.Fatal("the server's observer was not told of the call that was refused")
		}
		wantEnd(t, "server", refused, grid.ResourceExhausted, grid.Rejected)
		if refused.meta["mark"] != "of a" || refused.info.ID != idCall || refused.end.Attempts != 0 {
			t.Errorf("told of %+v with %v, %+v", refused.info, refused.meta, refused.end)
		}
		p.a.take(t)

		p.Crash("b")
		if err := p.WaitDisconnected(t.Context(), "a", "b"); err != nil {
			t.Fatal(err)
		}
		if _, err := p.conn.Request(t.Context(), idCall, nil); !errors.Is(err, grid.ErrDisconnected) {
			t.Fatal(err)
		}
		x := p.a.one(t)
		wantEnd(t, "without a session", x, grid.Disconnected, grid.NotSent)
		if x.info.Session != 0 || x.end.Attempts != 0 {
			t.Errorf("told of %+v, %+v", x.info, x.end)
		}
	})
}

// A call whose session is lost ends once at each end: at the client as lost, at the
// server when the handler has returned.
func TestCallsOfALostSession(t *testing.T) {
	handler := func(ctx context.Context, p []byte) ([]byte, error) {
		<-ctx.Done()
		time.Sleep(time.Second)
		return nil, grid.Cause(ctx)
	}
	observed(t, nil, func(m *grid.Manager) error { return m.RegisterSingleHandler(idCall, handler) }, func(t *testing.T, p *pair) {
		done := make(chan error)
		go func() {
			_, err := p.conn.Request(t.Context(), idCall, nil)
			done <- err
		}()
		time.Sleep(10 * time.Millisecond)
		p.Cut("a", "b")
		if err := <-done; !errors.Is(err, grid.ErrDisconnected) {
			t.Fatal(err)
		}
		wantEnd(t, "client", p.a.one(t), grid.Disconnected, grid.MayHaveRun)
		time.Sleep(2 * time.Second)
		wantEnd(t, "server", p.b.one(t), grid.Unavailable, grid.Ran)
	})
}

// A request that never arrives in full is told at its end.
func TestCallThatIsGivenUpOnItsWay(t *testing.T) {
	observed(t, nil, func(m *grid.Manager) error { return m.RegisterSingleHandler(idCall, echo) }, func(t *testing.T, p *pair) {
		p.SetAll(gridtest.Link{Latency: time.Millisecond, Bandwidth: 1 << 20})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := p.conn.Request(ctx, idCall, make([]byte, 8<<20)); !errors.Is(err, grid.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		wantEnd(t, "client", p.a.one(t), grid.DeadlineExceeded, grid.NotSent)
		x := p.b.one(t)
		wantEnd(t, "server", x, grid.DeadlineExceeded, grid.Rejected)
	})
}

// Calls to oneself have both ends at one observer.
func TestCallToOneself(t *testing.T) {
	observed(t, nil, func(m *grid.Manager) error { return m.RegisterSingleHandler(idCall, echo) }, func(t *testing.T, p *pair) {
		if _, err := p.Connection("b", "b").Request(t.Context(), idCall, nil); err != nil {
			t.Fatal(err)
		}
		all := p.b.take(t)
		if len(all) != 2 || all[0].info.Server || !all[1].info.Server || all[0].info.Peer != "b" || all[1].info.Peer != "b" {
			t.Fatalf("%d calls were observed: %+v", len(all), all)
		}
	})
}

// A call that goes on with the peer's next session is one call, of two attempts, and
// the end knows the session that had its answer.
func TestCallOfTwoAttempts(t *testing.T) {
	runs := 0
	idempotent := grid.NewSingleHandler(idCall, grid.NewBytes, grid.NewBytes, grid.WithName("test.Echo.Echo"), grid.WithIdempotent(), grid.WithTimeout(30*time.Second))
	handler := func(ctx context.Context, b *grid.Bytes) (*grid.Bytes, error) {
		if runs++; runs == 1 {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return b, nil
	}
	observed(t, nil, func(m *grid.Manager) error { return idempotent.Register(m, handler) }, func(t *testing.T, p *pair) {
		runs = 0
		time.AfterFunc(10*time.Millisecond, func() { p.Cut("a", "b"); p.Heal("a", "b") })
		req := grid.Bytes("x")
		if _, err := idempotent.Call(t.Context(), p.conn, &req); err != nil {
			t.Fatal(err)
		}
		x := p.a.one(t)
		wantEnd(t, "client", x, "", grid.Ran)
		if x.end.Attempts != 2 || x.info.Session != 1 || x.after.Session != 2 || x.after.Name != "test.Echo.Echo" || x.after.Timeout != 30*time.Second {
			t.Errorf("%d attempts, from session %d to %+v", x.end.Attempts, x.info.Session, x.after)
		}
	})
}
