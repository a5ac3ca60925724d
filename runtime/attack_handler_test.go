package grid_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/peer"
)

// Handlers that panic, end their goroutine or return nothing cost the caller an
// answer that tells nothing, and the node a line in its log.
func TestAttackHandlersThatDoNotReturn(t *testing.T) {
	underAttack(t, nil, func(t *testing.T, a *arena) {
		s := a.session(t, "probe")
		routes := a.serveStorage(t, s, &storage.StorageFuncs{
			DiskInfoFunc: func(context.Context, *storage.DiskInfoOptions) (*storage.DiskInfo, error) { return nil, nil },
		})
		a.baseline()
		id := 1
		for range 200 {
			for _, call := range [][]byte{callFrame(id, routePanic), callFrame(id+1, routeGoexit), peer.NewFrame(peer.Call, id+2, routes[9], 0, 0, []byte{0x80})} {
				sendFrames(t, s, call)
				f := expectFrame(t, s, peer.Error)
				f.Uvarint()
				if got := failureOf(f); got != "4 internal" {
					t.Fatalf("answered by %s", got)
				}
				if text := f.String(); strings.Contains(text, "hunter2") || strings.Contains(text, ".go") {
					t.Fatalf("the peer is told %q", text)
				}
				id++
			}
		}
		a.bounded(t, 4<<20, 1) // the log is on the heap
		if n := len(a.log.lines("handler panicked", "ref=")); n != 400 {
			t.Errorf("%d lines in the log for 400 handlers", n)
		}
		wantAlive(t, a)
	})
}

// rawLog notes every string that is logged, as a handler that escapes nothing
// would print it.
type rawLog struct {
	mu    sync.Mutex
	texts []string
}

func (l *rawLog) Enabled(context.Context, slog.Level) bool { return true }
func (l *rawLog) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *rawLog) WithGroup(string) slog.Handler            { return l }

func (l *rawLog) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.texts = append(l.texts, r.Message)
	r.Attrs(func(x slog.Attr) bool {
		if x.Key != "stack" { // ours, and of many lines
			l.texts = append(l.texts, x.Value.String())
		}
		return true
	})
	return nil
}

func (l *rawLog) check(t *testing.T, least int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.texts) < least {
		t.Errorf("only %d texts were logged: %q", len(l.texts), l.texts)
	}
	for _, s := range l.texts {
		if strings.ContainsFunc(s, unicode.IsControl) || len(s) > 2048 {
			t.Errorf("logged as it came: %.200q", s)
		}
	}
}

// What peers say of themselves, and why they go, never breaks a line of the log,
// even where the log's handler escapes nothing.
func TestAttackLogInjection(t *testing.T) {
	const evil = "evil\nlevel=ERROR msg=\"disk erased\"\r\x1b[2J\x00"
	log := &rawLog{}
	change := func(o *grid.Options) {
		o.Logger = slog.New(log)
		o.Accept = func(name string) bool { return strings.HasPrefix(name, "guest") }
	}
	underAttack(t, change, func(t *testing.T, a *arena) {
		for _, h := range []peer.Hello{peer.NewHello(evil, "target"), peer.NewHello("probe", evil)} {
			if err := dialUnchecked(a.upgraded(t), h, testKey); err == nil {
				t.Error("let in")
			}
		}
		scheme := peer.NewHello("probe", "target")
		scheme[peer.TagScheme] = []byte(evil)
		if err := dialUnchecked(a.upgraded(t), scheme, testKey); err == nil {
			t.Error("let in")
		}
		refusing := a.upgraded(t)
		if err := refusing.Write(peer.OpBinary, peer.Join([]byte{peer.KindReject}, evil, evil)); err != nil {
			t.Fatal(err)
		}
		if _, err := peer.UpgradeDialer(a.conn(t, "probe"), "Origin: https://evil.example\tlevel=ERROR"); err == nil {
			t.Error("let in")
		}
		s := a.session(t, "probe")
		sendFrames(t, s, peer.NewFrame(peer.Goaway, evil), peer.NewFrame(peer.Routes, 0, peer.Route(0, 1, evil, 0, 0, 0)))
		if err := s.Write(peer.OpClose, append([]byte{3, 0xe8}, evil...)); err != nil {
			t.Fatal(err)
		}
		sessionGone(t, s)
		guest := a.session(t, "guest"+evil)
		sendFrames(t, guest, callFrame(1, routePanic), peer.NewFrame(99))
		sessionGone(t, guest)
		time.Sleep(10 * time.Millisecond)
		log.check(t, 30)
		if err := a.Connection("probe").State().Reason; err == nil || strings.ContainsFunc(err.Error(), unicode.IsControl) {
			t.Errorf("the state's reason is %q", err)
		}
	})
}

// seenKey carries what an interceptor has seen to the handler.
type seenKey struct{}

// Whatever number a peer calls, the handler that runs is the one that the
// interceptors were told of.
func TestAttackInterceptorBypass(t *testing.T) {
	see := func(ctx context.Context, h *grid.HandlerInfo) (context.Context, error) {
		if h.Subroute == "secret" {
			return nil, grid.NewError(grid.PermissionDenied, "not for you")
		}
		return context.WithValue(ctx, seenKey{}, *h), nil
	}
	change := func(o *grid.Options) {
		o.ServerInterceptors = []grid.Interceptor{{
			Call: func(ctx context.Context, h *grid.HandlerInfo, p []byte, next grid.CallFunc) ([]byte, error) {
				ctx, err := see(ctx, h)
				if err != nil {
					return nil, err
				}
				return next(ctx, p)
			},
			Stream: func(ctx context.Context, h *grid.HandlerInfo, p []byte, next grid.StreamFunc) error {
				ctx, err := see(ctx, h)
				if err != nil {
					return err
				}
				return next(ctx, p)
			},
		}}
	}
	underAttack(t, change, func(t *testing.T, a *arena) {
		var mu sync.Mutex
		var wrong []string
		ran := 0
		note := func(ctx context.Context, subroute string) {
			mu.Lock()
			defer mu.Unlock()
			ran++
			seen, _ := ctx.Value(seenKey{}).(grid.HandlerInfo)
			if seen.Subroute != subroute || seen.Peer != "probe" || grid.GetSubroute(ctx) != subroute || subroute == "secret" {
				wrong = append(wrong, fmt.Sprintf("%q ran as %+v", subroute, seen))
			}
		}
		for _, sub := range []string{"", "secret", "secret/open", "open"} {
			err := a.RegisterSingleHandler(50, func(ctx context.Context, _ []byte) ([]byte, error) {
				note(ctx, sub)
				return nil, nil
			}, sub)
			if err == nil {
				err = a.RegisterStreamingHandler(51, grid.StreamHandler{Subroute: sub, Handle: func(ctx context.Context, _ []byte, _ <-chan []byte, _ chan<- []byte) error {
					note(ctx, sub)
					return nil
				}})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		s := a.session(t, "probe")
		go discard(s)
		const first, all = routeHuge + 1, 8
		for i := range 40 {
			number := uint64(first + i%all + (i/all)<<32) // the numbers that are too large by their upper half are nobody's
			sendFrames(t, s, peer.NewFrame(peer.Call, i+1, number, 0, 0), peer.NewFrame(peer.Open, 2*i+1, number, 0, 4, 0))
		}
		time.Sleep(100 * time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		if len(wrong) > 0 || ran != 6 {
			t.Errorf("%d handlers ran, 6 may; %q", ran, wrong)
		}
		wantAlive(t, a)
	})
}

// A handler may answer with any part of its payload or of a pooled buffer, and a
// caller may change its request as soon as the call is over, however it ended:
// nobody ever reads what belongs to another call.
func TestAttackAliasing(t *testing.T) {
	part := func(_ context.Context, p []byte) ([]byte, error) { return p[len(p)/3 : len(p)-len(p)/4], nil }
	mesh := gridtest.NewMesh(gridtest.Options{Nodes: []string{"a", "b"}, Register: func(n *gridtest.Node) error {
		m := n.Manager()
		return registerAll(map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){
			1: echo, 2: part,
			3: func(_ context.Context, p []byte) ([]byte, error) {
				b := append(m.GetByteBuffer(len(p)+300), p...)
				return b[len(b)/2:], nil
			},
			4: func(ctx context.Context, p []byte) ([]byte, error) {
				<-ctx.Done() // the caller has given up and writes over its request
				return p, nil
			},
		}, map[grid.HandlerID]grid.StreamHandler{5: {InCapacity: 8, OutCapacity: 8, Handle: func(_ context.Context, p []byte, in <-chan []byte, out chan<- []byte) error {
			out <- p[:len(p)/2]
			for m := range in {
				out <- bytes.Clone(m[len(m)/2:]) // what is sent is the runtime's
				out <- m
			}
			out <- p
			return nil
		}}})(m)
	}})
	defer mesh.Close()
	ctx, cancel := context.WithTimeout(context.Background(), probePatience)
	defer cancel()
	if err := mesh.WaitConnected(ctx); err != nil {
		t.Fatal(err)
	}
	c := mesh.Connection("a", "b")
	want := map[grid.HandlerID]func([]byte) []byte{
		1: func(p []byte) []byte { return p },
		2: func(p []byte) []byte { return p[len(p)/3 : len(p)-len(p)/4] },
		3: func(p []byte) []byte { return p[len(p)/2:] },
	}
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			luck := rand.New(rand.NewPCG(7, uint64(worker)))
			req := make([]byte, 100_000)
			for round := range 60 {
				p := req[:1+luck.IntN([]int{200, 600, 5000, 99_000}[round%4])]
				fill(p, byte(worker*31+round))
				id := grid.HandlerID(1 + round%3)
				reply, err := c.Request(ctx, id, p)
				if err != nil || !bytes.Equal(reply, want[id](p)) {
					t.Errorf("handler %d, %d bytes: another answer, %v", id, len(p), err)
					return
				}
				mesh.Node("a").Manager().PutByteBuffer(reply)
				short, stop := context.WithTimeout(ctx, time.Millisecond)
				c.Request(short, 4, p)
				stop()
				clear(p)
			}
			if err := echoHalves(ctx, c, luck); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// fill writes bytes that belong to one call only.
func fill(p []byte, seed byte) {
	for i := range p {
		p[i] = seed + byte(i*7)
	}
}

// echoHalves uses handler 5: each message comes back, its second half first.
func echoHalves(ctx context.Context, c *grid.Connection, luck *rand.Rand) error {
	payload := make([]byte, 3000)
	fill(payload, 99)
	st, err := c.NewStream(ctx, 5, payload)
	if err != nil {
		return err
	}
	var sent [][]byte
	go func() {
		for i := range 40 {
			m := make([]byte, 1+luck.IntN(9000))
			fill(m, byte(i))
			st.Requests <- m
		}
		close(st.Requests)
	}()
	sent = append(sent, payload[:1500])
	n := 0
	err = st.Results(func(m []byte) error {
		n++
		switch {
		case n == 1 && !bytes.Equal(m, sent[0]), n == 82 && !bytes.Equal(m, payload):
			return fmt.Errorf("message %d is another", n)
		case n%2 == 1 && n > 1:
			whole := bytes.Clone(m)
			fill(whole, byte((n-3)/2))
			if !bytes.Equal(m, whole) {
				return fmt.Errorf("message %d is another", n)
			}
		}
		return nil
	})
	if err == nil && n != 82 {
		err = fmt.Errorf("%d messages came", n)
	}
	return err
}

// Both ends call each other as fast as they can, and one of them answers nothing.
func TestAttackBothSidesFlood(t *testing.T) {
	underAttack(t, nil, func(t *testing.T, a *arena) {
		s := a.session(t, "probe")
		sendFrames(t, s, peer.NewFrame(peer.Routes, 0, peer.Route(0, 1, "", 0, 0, 0)))
		time.Sleep(10 * time.Millisecond)
		a.baseline()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		var mine sync.WaitGroup
		for range 1000 {
			mine.Go(func() {
				if _, err := a.Connection("probe").Request(ctx, 1, make([]byte, 20_000)); err == nil {
					t.Error("an answer from nobody")
				}
			})
		}
		(&flood{message: calls(routeEcho, 20_000)}).send(s, 1000)
		a.bounded(t, 64<<20, 1000+1024+4) // the requests are the test's, and 1,024 answers wait for room
		mine.Wait()
		time.Sleep(25 * time.Second)
		a.bounded(t, 2<<20, 0)
	})
}
