package attack_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// Handlers that panic, end their goroutine or return nothing cost the caller an
// answer that tells nothing, and the node a line in its log.
func TestAttackHandlersThatDoNotReturn(t *testing.T) {
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		s := a.Session(t, "probe")
		routes := a.ServeStorage(t, s, &storage.StorageFuncs{
			DiskInfoFunc: func(context.Context, *storage.DiskInfoOptions) (*storage.DiskInfo, error) { return nil, nil },
		})
		a.Baseline()
		id := 1
		for range 200 {
			for _, call := range [][]byte{trial.CallFrame(id, trial.RoutePanic), trial.CallFrame(id+1, trial.RouteGoexit), peer.NewFrame(peer.Call, id+2, routes[9], 0, 0, []byte{0x80})} {
				trial.SendFrames(t, s, call)
				f := trial.ExpectFrame(t, s, peer.Error)
				f.Uvarint()
				if got := trial.FailureOf(f); got != "4 internal" {
					t.Fatalf("answered by %s", got)
				}
				if text := f.String(); strings.Contains(text, "hunter2") || strings.Contains(text, ".go") {
					t.Fatalf("the peer is told %q", text)
				}
				id++
			}
		}
		a.Bounded(t, 4<<20, 1) // the log is on the heap
		if n := len(a.Log.Lines("handler panicked", "ref=")); n != 400 {
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
	trial.UnderAttack(t, change, func(t *testing.T, a *trial.Arena) {
		for _, h := range []peer.Hello{peer.NewHello(evil, "target"), peer.NewHello("probe", evil)} {
			if err := trial.DialUnchecked(a.Upgraded(t), h, trial.TestKey); err == nil {
				t.Error("let in")
			}
		}
		scheme := peer.NewHello("probe", "target")
		scheme[peer.TagScheme] = []byte(evil)
		if err := trial.DialUnchecked(a.Upgraded(t), scheme, trial.TestKey); err == nil {
			t.Error("let in")
		}
		refusing := a.Upgraded(t)
		if err := refusing.Write(peer.OpBinary, peer.Join([]byte{peer.KindReject}, evil, evil)); err != nil {
			t.Fatal(err)
		}
		if _, err := peer.UpgradeDialer(a.Conn(t, "probe"), "Origin: https://evil.example\tlevel=ERROR"); err == nil {
			t.Error("let in")
		}
		s := a.Session(t, "probe")
		trial.SendFrames(t, s, peer.NewFrame(peer.Goaway, evil), peer.NewFrame(peer.Routes, 0, peer.Route(0, 1, evil, 0, 0, 0)))
		if err := s.Write(peer.OpClose, append([]byte{3, 0xe8}, evil...)); err != nil {
			t.Fatal(err)
		}
		trial.SessionGone(t, s)
		guest := a.Session(t, "guest"+evil)
		trial.SendFrames(t, guest, trial.CallFrame(1, trial.RoutePanic), peer.NewFrame(99))
		trial.SessionGone(t, guest)
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
	trial.UnderAttack(t, change, func(t *testing.T, a *trial.Arena) {
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
		for _, parts := range [][]string{nil, {"secret"}, {"secret", "open"}, {"open"}} {
			sub := strings.Join(parts, "/")
			err := a.RegisterSingleHandler(50, func(ctx context.Context, _ []byte) ([]byte, error) {
				note(ctx, sub)
				return nil, nil
			}, parts...)
			if err == nil {
				err = a.RegisterStreamingHandler(51, grid.StreamHandler{Handle: func(ctx context.Context, _ []byte, _ <-chan []byte, _ chan<- []byte) error {
					note(ctx, sub)
					return nil
				}}, parts...)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		s := a.Session(t, "probe")
		go trial.Discard(s)
		const first, all = trial.RouteHuge + 1, 8
		for i := range 40 {
			number := uint64(first+i%all) + uint64(i/all)<<32 // the numbers that are too large by their upper half are nobody's
			trial.SendFrames(t, s, peer.NewFrame(peer.Call, i+1, number, 0, 0), peer.NewFrame(peer.Open, 2*i+1, number, 0, 4, 0))
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

// Both ends call each other as fast as they can, and one of them answers nothing.
func TestAttackBothSidesFlood(t *testing.T) {
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		s := a.Session(t, "probe")
		trial.SendFrames(t, s, peer.NewFrame(peer.Routes, 0, peer.Route(0, 1, "", 0, 0, 0)))
		time.Sleep(10 * time.Millisecond)
		a.Baseline()
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
		(&flood{message: calls(trial.RouteEcho, 20_000)}).send(s, 1000)
		a.Bounded(t, 64<<20, 1000+1024+4) // the requests are the test's, and 1,024 answers wait for room
		mine.Wait()
		time.Sleep(25 * time.Second)
		a.Bounded(t, 2<<20, 0)
	})
}
