package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gridrpc/gridc/docs/kv/gen/kv"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/pick"
)

// What docs/guide.md shows besides the program, on three nodes in memory.

// inBubble runs what the guide shows on nodes a, b and c that are connected, on a clock that
// jumps, and compares what it prints.
func inBubble(t *testing.T, configure func(name string, o *grid.Options), want string, show func(ctx context.Context, mesh *gridtest.Mesh, out io.Writer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		mesh := gridtest.New(t, gridtest.Options{
			Nodes:     []string{"a", "b", "c"},
			Configure: configure,
			Register:  func(n *gridtest.Node) error { return kv.RegisterKV(n.Manager(), newStore()) },
		})
		if err := mesh.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		show(t.Context(), mesh, &out)
		if got := out.String(); got != want {
			t.Errorf("it prints\n%s\nand not\n%s", got, want)
		}
	})
}

func TestGuideDeadlines(t *testing.T) {
	inBubble(t, nil, "there is no greeting\n", func(ctx context.Context, mesh *gridtest.Mesh, out io.Writer) {
		m := mesh.Node("a").Manager()

		ctx, cancel := context.WithTimeout(ctx, 100*time.Millisecond) // for this call; @timeout is for all
		defer cancel()
		_, err := kv.NewKVClient(m.Connection("b")).Get(ctx, &kv.Key{Name: "greeting"})

		var missing *kv.NotFound
		switch {
		case errors.As(err, &missing): // declared in the .grid file
			fmt.Fprintln(out, "there is no", missing.Key)
		case errors.Is(err, context.DeadlineExceeded): // and grid.ErrDeadlineExceeded
			fmt.Fprintln(out, "too late:", grid.OutcomeOf(err))
		case errors.Is(err, grid.ErrDisconnected):
			fmt.Fprintln(out, "no connection:", grid.OutcomeOf(err))
		}
	})
}

func TestGuideWaiting(t *testing.T) {
	inBubble(t, nil, "true not sent\n<nil>\n<nil>\n", func(ctx context.Context, mesh *gridtest.Mesh, out io.Writer) {
		m := mesh.Node("a").Manager()
		mesh.Crash("b")
		mesh.WaitDisconnected(ctx, "a", "b")

		c := kv.NewKVClient(m.Connection("b"))
		err := c.Put(ctx, &kv.Entry{Key: "greeting", Value: "hello"})
		fmt.Fprintln(out, errors.Is(err, grid.ErrDisconnected), grid.OutcomeOf(err)) // at once

		go mesh.Restart("b")
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		fmt.Fprintln(out, m.Connection("b").WaitConnected(ctx))
		fmt.Fprintln(out, c.Put(grid.WaitForReady(ctx), &kv.Entry{Key: "greeting", Value: "hello"}))
	})
}

// front is a server that asks another node.
type front struct {
	kv.UnimplementedKVServer
	m *grid.Manager // the one that Options.Register gets
}

// Get implements kv.KVServer.
func (f *front) Get(ctx context.Context, req *kv.Key) (*kv.Entry, error) {
	if deadline, ok := ctx.Deadline(); ok { // earlier than the caller's, so that the caller learns why
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-100*time.Millisecond))
		defer cancel()
	}
	return kv.NewKVClient(f.m.Connection("b")).Get(grid.WaitForReady(ctx), req)
}

func TestGuideForward(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh := gridtest.New(t, gridtest.Options{
			Nodes:    []string{"a", "b", "c"},
			Register: func(n *gridtest.Node) error { return kv.RegisterKV(n.Manager(), &front{m: n.Manager()}) },
		})
		if err := mesh.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		mesh.Crash("b")
		_, err := kv.NewKVClient(mesh.Connection("c", "a")).Get(t.Context(), &kv.Key{Name: "greeting"})
		if grid.OutcomeOf(err) != grid.Ran || !strings.Contains(err.Error(), `"b" is still not connected`) {
			t.Errorf("the caller does not learn what the handler waited for: %v", err)
		}
	})
}

func TestGuideAny(t *testing.T) {
	inBubble(t, nil, "<nil>\n", func(ctx context.Context, mesh *gridtest.Mesh, out io.Writer) {
		m := mesh.Node("a").Manager()

		c := kv.NewKVClient(m.Group("b", "c").Any(pick.RoundRobin()))
		fmt.Fprintln(out, c.Put(ctx, &kv.Entry{Key: "greeting", Value: "hello"}))
	})
}

func TestGuideQuorum(t *testing.T) {
	inBubble(t, nil, "2 <nil>\n", func(ctx context.Context, mesh *gridtest.Mesh, out io.Writer) {
		m := mesh.Node("a").Manager()

		all := kv.NewKVGroup(m.Group("a", "b", "c").LetFinish()) // all three get it, though two are enough
		done, err := grid.Quorum(all.Put(ctx, &kv.Entry{Key: "greeting", Value: "hello"}), 2)
		fmt.Fprintln(out, len(done), err)
	})
}

// onlyOperatorsWrite is an interceptor of the server: it refuses calls.
func onlyOperatorsWrite(ctx context.Context, h *grid.HandlerInfo, payload []byte, next grid.CallFunc) ([]byte, error) {
	if h.Name == "kv.KV.Put" && !isOperator(h.Peer) {
		return nil, grid.NewError(grid.PermissionDenied, "only operators write")
	}
	return next(ctx, payload)
}

func TestGuideInterceptors(t *testing.T) {
	inBubble(t, func(_ string, o *grid.Options) {
		o.ServerInterceptors = []grid.Interceptor{{Call: onlyOperatorsWrite}}
	}, "grid: permission_denied: only operators write (remote, rejected)\n", func(ctx context.Context, mesh *gridtest.Mesh, out io.Writer) {
		err := kv.NewKVClient(mesh.Connection("a", "b")).Put(ctx, &kv.Entry{Key: "greeting", Value: "hello"})
		fmt.Fprintln(out, err)
	})
}

// auditPuts is an interceptor of the server that says in the log who has called: from
// where, with which certificate, and with which metadata.
func auditPuts(ctx context.Context, h *grid.HandlerInfo, payload []byte, next grid.CallFunc) ([]byte, error) {
	caller := grid.GetCallerInfo(ctx)
	serial := ""
	if caller.TLS != nil {
		serial = caller.TLS.PeerCertificates[0].SerialNumber.String()
	}
	slog.InfoContext(ctx, "called", "handler", h.Name, "by", caller.Name, "from", caller.Remote,
		"certificate", serial, "trace", grid.GetMetadata(ctx)["trace"])
	return next(ctx, payload)
}

func TestGuideMetadata(t *testing.T) {
	inBubble(t, func(_ string, o *grid.Options) {
		o.ServerInterceptors = []grid.Interceptor{{Call: auditPuts}}
	}, "<nil> map[trace:7f]\n", func(ctx context.Context, mesh *gridtest.Mesh, out io.Writer) {
		c := mesh.Connection("a", "b")

		ctx = grid.WithMetadata(ctx, map[string]string{"trace": "7f"}) // of all calls with this context
		err := kv.NewKVClient(c).Put(ctx, &kv.Entry{Key: "greeting", Value: "hello"})
		fmt.Fprintln(out, err, grid.OutgoingMetadata(ctx))
	})
}

func TestGuideTrailer(t *testing.T) {
	inBubble(t, func(nodeName string, o *grid.Options) {
		sign := func(ctx context.Context, _ *grid.HandlerInfo, payload []byte, next grid.CallFunc) ([]byte, error) {
			_ = grid.SetTrailer(ctx, map[string]string{"node": nodeName}) // an error: it is too large
			return next(ctx, payload)
		}
		o.ServerInterceptors = []grid.Interceptor{{Call: sign}}
	}, "answered by b\n", func(ctx context.Context, mesh *gridtest.Mesh, out io.Writer) {
		c := mesh.Connection("a", "b")

		var trailer grid.Trailer // one for each call
		_, err := kv.NewKVClient(c).Get(grid.WithTrailer(ctx, &trailer), &kv.Key{Name: "greeting"})
		fmt.Fprintln(out, "answered by", trailer.Get()["node"])
		if !isNotFound(err) { // an error has a trailer, too
			t.Error(err)
		}
	})
}

// watchful is an observer: it logs slow calls, and nodes that come and go.
type watchful struct{ log *slog.Logger }

// Begin implements grid.Observer.
func (watchful) Begin(ctx context.Context, _ *grid.CallInfo) context.Context { return ctx }

// End implements grid.Observer.
func (w watchful) End(_ context.Context, call *grid.CallInfo, end grid.CallEnd) {
	if end.Took > time.Second {
		w.log.Warn("slow", "call", call.Name, "peer", call.Peer, "took", end.Took, "outcome", end.Outcome, "err", end.Err)
	}
}

// Session implements grid.Observer.
func (w watchful) Session(e grid.SessionEvent) {
	w.log.Info("session "+e.Change.String(), "peer", e.Peer, "guest", e.Guest, "reason", e.Reason)
}

func TestGuideObservers(t *testing.T) {
	log := &messages{}
	inBubble(t, func(name string, o *grid.Options) {
		if name == "a" {
			o.Observers = []grid.Observer{watchful{slog.New(log)}}
		}
	}, "session up\nsession up\n", func(_ context.Context, _ *gridtest.Mesh, out io.Writer) {
		synctest.Wait() // observers are told of sessions on a goroutine of their own
		log.mu.Lock()
		defer log.mu.Unlock()
		for _, message := range log.all {
			fmt.Fprintln(out, message)
		}
	})
}

// checkEntry keeps some keys for operators.
func checkEntry(ctx context.Context, e *kv.Entry) error {
	if strings.HasPrefix(e.Key, "system/") && !isOperator(grid.GetCaller(ctx)) {
		return grid.NewError(grid.PermissionDenied, "keys below system/ are for operators")
	}
	return nil // any other error reaches the caller as invalid_argument, with its text
}

func TestGuideValidation(t *testing.T) {
	inBubble(t, func(_ string, o *grid.Options) {
		o.Checks = []grid.Check{grid.CheckOf(checkEntry)}
	}, `grid: invalid_argument: the request breaks a rule of its schema: kv.Entry.key: against a rule: it is required (not sent)
grid: permission_denied: keys below system/ are for operators (remote, rejected)
grid: permission_denied: keys below system/ are for operators (remote, ran)
`, func(ctx context.Context, mesh *gridtest.Mesh, out io.Writer) {
		c := mesh.Connection("a", "b")

		err := kv.NewKVClient(c).Put(ctx, &kv.Entry{Value: "hello"})
		fmt.Fprintln(out, err) // grid: invalid_argument: the request breaks a rule of its schema: kv.Entry.key: … (not sent)
		fmt.Fprintln(out, kv.NewKVClient(c).Put(ctx, &kv.Entry{Key: "system/x"}))
		up, err := kv.NewKVClient(c).Load(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := up.Send(&kv.Entry{Key: "system/x"}); err != nil {
			t.Error(err)
		}
		_, err = up.CloseAndRecv()
		fmt.Fprintln(out, err)
	})
}

func TestGuideAccessLog(t *testing.T) {
	var written strings.Builder
	log := slog.New(slog.NewTextHandler(&written, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	inBubble(t, func(name string, o *grid.Options) {
		if name != "b" {
			return
		}
		o.Observers = []grid.Observer{grid.AccessLog(log)} // a *slog.Logger
	}, "<nil>\n", func(ctx context.Context, mesh *gridtest.Mesh, out io.Writer) {
		fmt.Fprintln(out, kv.NewKVClient(mesh.Connection("a", "b")).Put(ctx, &kv.Entry{Key: "greeting", Value: "hello"}))
	})
	const want = `level=INFO msg="grid: served" handler=kv.KV.Put peer=a session=1 remote=a:80 took=0s queued=0s outcome=ran received=18 sent=0 request.Key=greeting request.Value=hello`
	if got := written.String(); got != want+"\n" {
		t.Errorf("it logs\n%s\nand not\n%s", got, want)
	}
}

// messages is a log that keeps its messages.
type messages struct {
	mu  sync.Mutex
	all []string
}

func (*messages) Enabled(context.Context, slog.Level) bool { return true }
func (m *messages) Handle(_ context.Context, r slog.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, r.Message)
	return nil
}
func (m *messages) WithAttrs([]slog.Attr) slog.Handler { return m }
func (m *messages) WithGroup(string) slog.Handler      { return m }

func TestGuideMembership(t *testing.T) {
	inBubble(t, nil, "[b]\n[b c] <nil> <nil>\n", func(ctx context.Context, mesh *gridtest.Mesh, out io.Writer) {
		m := mesh.Node("a").Manager()

		m.RemovePeer("c") // its calls and streams end as disconnected
		fmt.Fprintln(out, m.Peers())
		err := m.AddPeer(grid.Peer{Name: "c", Address: "c:80"}) // dialed at once, if this end is to dial
		fmt.Fprintln(out, m.Peers(), err, m.Connection("c").WaitConnected(ctx))
	})
}

// fromFile names the peers that a file names: a Resolver is all that membership needs.
type fromFile struct{ read func() ([]grid.Peer, error) }

// Resolve implements grid.Resolver.
func (r fromFile) Resolve(ctx context.Context, update func([]grid.Peer)) error {
	tick := time.NewTicker(30 * time.Second)
	defer tick.Stop()
	for {
		peers, err := r.read()
		if err != nil {
			return err // logged, and Resolve is called again; the peers stay as they are
		}
		update(peers) // the whole list
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func TestGuideResolver(t *testing.T) {
	inBubble(t, func(name string, o *grid.Options) {
		if name == "a" {
			peers := o.Peers
			o.Peers, o.Resolver = nil, fromFile{func() ([]grid.Peer, error) { return peers, nil }}
		}
	}, "<nil>\n", func(ctx context.Context, mesh *gridtest.Mesh, out io.Writer) {
		m := mesh.Node("a").Manager()
		for !slices.Equal(m.Peers(), []string{"b", "c"}) {
			time.Sleep(time.Millisecond)
		}
		fmt.Fprintln(out, m.Connection("c").WaitConnected(ctx))
	})
}
