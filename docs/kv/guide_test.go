package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/gridrpc/gridc/docs/kv/gen/kv"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/pick"
)

// What docs/guide.md shows besides the program, on three nodes in memory.

// guideMesh starts nodes a, b and c, and returns when they are connected.
func guideMesh(configure func(name string, o *grid.Options)) (mesh *gridtest.Mesh, ctx context.Context, end func()) {
	mesh = gridtest.NewMesh(gridtest.Options{
		Nodes:     []string{"a", "b", "c"},
		Configure: configure,
		Register:  func(n *gridtest.Node) error { return kv.RegisterKV(n.Manager(), newStore()) },
	})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	if err := mesh.WaitConnected(ctx); err != nil {
		panic(err)
	}
	return mesh, ctx, func() { cancel(); mesh.Close() }
}

func Example_deadlines() {
	mesh, ctx, end := guideMesh(nil)
	defer end()
	m := mesh.Node("a").Manager()

	ctx, cancel := context.WithTimeout(ctx, 100*time.Millisecond) // for this call; @timeout is for all
	defer cancel()
	_, err := kv.NewKVClient(m.Connection("b")).Get(ctx, &kv.Key{Name: "greeting"})

	var missing *kv.NotFound
	switch {
	case errors.As(err, &missing): // declared in the .grid file
		fmt.Println("there is no", missing.Key)
	case errors.Is(err, context.DeadlineExceeded): // and grid.ErrDeadlineExceeded
		fmt.Println("too late:", grid.OutcomeOf(err))
	case errors.Is(err, grid.ErrDisconnected):
		fmt.Println("no connection:", grid.OutcomeOf(err))
	}
	// Output: there is no greeting
}

func Example_waiting() {
	mesh, ctx, end := guideMesh(nil)
	defer end()
	m := mesh.Node("a").Manager()
	mesh.Crash("b")
	mesh.WaitDisconnected(ctx, "a", "b")

	c := kv.NewKVClient(m.Connection("b"))
	err := c.Put(ctx, &kv.Entry{Key: "greeting", Value: "hello"})
	fmt.Println(errors.Is(err, grid.ErrDisconnected), grid.OutcomeOf(err)) // at once

	go mesh.Restart("b")
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	fmt.Println(m.Connection("b").WaitConnected(ctx))
	fmt.Println(c.Put(grid.WaitForReady(ctx), &kv.Entry{Key: "greeting", Value: "hello"}))
	// Output:
	// true not sent
	// <nil>
	// <nil>
}

func Example_any() {
	mesh, ctx, end := guideMesh(nil)
	defer end()
	m := mesh.Node("a").Manager()

	c := kv.NewKVClient(m.Group("b", "c").Any(pick.RoundRobin()))
	fmt.Println(c.Put(ctx, &kv.Entry{Key: "greeting", Value: "hello"}))
	// Output: <nil>
}

func Example_quorum() {
	mesh, ctx, end := guideMesh(nil)
	defer end()
	m := mesh.Node("a").Manager()

	all := kv.NewKVGroup(m.Group("a", "b", "c").LetFinish()) // all three get it, though two are enough
	done, err := grid.Quorum(all.Put(ctx, &kv.Entry{Key: "greeting", Value: "hello"}), 2)
	fmt.Println(len(done), err)
	// Output: 2 <nil>
}

// onlyOperatorsWrite is an interceptor of the server: it refuses calls.
func onlyOperatorsWrite(ctx context.Context, h *grid.HandlerInfo, payload []byte, next grid.CallFunc) ([]byte, error) {
	if h.Name == "kv.KV.Put" && !isOperator(h.Peer) {
		return nil, grid.NewError(grid.PermissionDenied, "only operators write")
	}
	return next(ctx, payload)
}

func Example_interceptors() {
	mesh, ctx, end := guideMesh(func(_ string, o *grid.Options) {
		o.ServerInterceptors = []grid.Interceptor{{Call: onlyOperatorsWrite}}
	})
	defer end()
	err := kv.NewKVClient(mesh.Connection("a", "b")).Put(ctx, &kv.Entry{Key: "greeting", Value: "hello"})
	fmt.Println(err)
	// Output: grid: permission_denied: only operators write (remote, rejected)
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

func Example_metadata() {
	mesh, ctx, end := guideMesh(func(_ string, o *grid.Options) {
		o.ServerInterceptors = []grid.Interceptor{{Call: auditPuts}}
	})
	defer end()
	c := mesh.Connection("a", "b")

	ctx = grid.WithMetadata(ctx, map[string]string{"trace": "7f"}) // of all calls with this context
	err := kv.NewKVClient(c).Put(ctx, &kv.Entry{Key: "greeting", Value: "hello"})
	fmt.Println(err, grid.OutgoingMetadata(ctx))
	// Output: <nil> map[trace:7f]
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

func Example_observers() {
	records := make(chan string, 100)
	mesh, _, end := guideMesh(func(name string, o *grid.Options) {
		if name == "a" {
			o.Observers = []grid.Observer{watchful{slog.New(messages{records})}}
		}
	})
	fmt.Println(<-records)
	fmt.Println(<-records)
	_ = mesh
	end()
	// Output:
	// session up
	// session up
}

// messages is a log that passes its messages on.
type messages struct{ to chan string }

func (messages) Enabled(context.Context, slog.Level) bool { return true }
func (m messages) Handle(_ context.Context, r slog.Record) error {
	select {
	case m.to <- r.Message:
	default: // nobody wants to know any more
	}
	return nil
}
func (m messages) WithAttrs([]slog.Attr) slog.Handler { return m }
func (m messages) WithGroup(string) slog.Handler      { return m }

func Example_membership() {
	mesh, ctx, end := guideMesh(nil)
	defer end()
	m := mesh.Node("a").Manager()

	m.RemovePeer("c") // its calls and streams end as disconnected
	fmt.Println(m.Peers())
	err := m.AddPeer(grid.Peer{Name: "c", Address: "c:80"}) // dialed at once, if this end is to dial
	fmt.Println(m.Peers(), err, m.Connection("c").WaitConnected(ctx))
	// Output:
	// [b]
	// [b c] <nil> <nil>
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

func Example_resolver() {
	mesh, ctx, end := guideMesh(func(name string, o *grid.Options) {
		if name == "a" {
			peers := o.Peers
			o.Peers, o.Resolver = nil, fromFile{func() ([]grid.Peer, error) { return peers, nil }}
		}
	})
	defer end()
	m := mesh.Node("a").Manager()
	for !slices.Equal(m.Peers(), []string{"b", "c"}) {
		time.Sleep(time.Millisecond)
	}
	fmt.Println(m.Connection("c").WaitConnected(ctx))
	// Output: <nil>
}
