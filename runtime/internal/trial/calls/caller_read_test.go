package calls_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// The tests of callers that read their own answers. Without latency all calls
// happen at once in fake time, so warm makes the next one read for itself.

// bothServe starts two nodes that serve fn as IdCall and echo as IdOther.
func bothServe(t *testing.T, fn func(ctx context.Context, here *grid.Manager, payload []byte) ([]byte, error)) *gridtest.Mesh {
	t.Helper()
	mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b"}, Register: func(n *gridtest.Node) error {
		return trial.RegisterAll(map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){
			trial.IdCall:  func(ctx context.Context, p []byte) ([]byte, error) { return fn(ctx, n.Manager(), p) },
			trial.IdOther: trial.Echo,
		}, nil)(n.Manager())
	}})
	if err := mesh.WaitConnected(t.Context()); err != nil {
		t.Fatal(err)
	}
	return mesh
}

// P1: a caller that reads for itself heeds its deadline and its context, and goes
// on afterwards, whatever the handler does.
func TestP1CallerThatReadsEndsInTime(t *testing.T) {
	hang := func(ctx context.Context, _ *grid.Manager, _ []byte) ([]byte, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	contexts := map[string]func(context.Context) (context.Context, context.CancelFunc, *grid.Error){
		"deadline": func(ctx context.Context) (context.Context, context.CancelFunc, *grid.Error) {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			return ctx, cancel, grid.ErrDeadlineExceeded
		},
		"cancel": func(ctx context.Context) (context.Context, context.CancelFunc, *grid.Error) {
			ctx, cancel := context.WithCancel(ctx)
			timer := time.AfterFunc(time.Second, cancel)
			return ctx, func() { timer.Stop(); cancel() }, grid.ErrCanceled
		},
		"default": func(ctx context.Context) (context.Context, context.CancelFunc, *grid.Error) {
			return context.WithoutCancel(ctx), func() {}, grid.ErrDeadlineExceeded
		},
	}
	for name, made := range contexts {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := bothServe(t, hang).Connection("a", "b")
				for range 3 {
					trial.Warm(t, c)
					ctx, cancel, want := made(t.Context())
					limit := time.Second
					if name == "default" {
						limit = grid.DefaultLimits().CallTimeout
					}
					began := time.Now()
					_, err := c.Request(ctx, trial.IdCall, nil)
					cancel()
					trial.WantError(t, name, err, want, grid.MayHaveRun)
					if took := time.Since(began); took < limit || took > limit+100*time.Millisecond {
						t.Errorf("took %v", took)
					}
				}
				if n := c.State().Session; n != 1 {
					t.Errorf("it took %d sessions", n)
				}
			})
		})
	}
}

// P5: what the peer asks for while callers read for themselves, or have just done
// so, is served as ever: a call within the two ticks that the watch takes.
func TestP5CallersThatReadHoldNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh := bothServe(t, func(ctx context.Context, here *grid.Manager, p []byte) ([]byte, error) {
			other := "a"
			if grid.GetCaller(ctx) == "b" {
				other = "b"
			}
			switch string(p) {
			case "back": // the caller of this reads, and is called while it does
				return here.Connection(other).Request(ctx, trial.IdOther, []byte("and forth"))
			case "sleep":
				time.Sleep(time.Second)
			}
			return p, nil
		})
		a, b := mesh.Connection("a", "b"), mesh.Connection("b", "a")
		trial.Warm(t, a)
		began := time.Now()
		reply, err := b.Request(t.Context(), trial.IdOther, []byte("from the other end"))
		trial.WantReply(t, "right after", reply, err, "from the other end")
		if took := time.Since(began); took > 2*time.Millisecond {
			t.Errorf("a call right after others from here took %v", took)
		}
		trial.Warm(t, a)
		reply, err = a.Request(t.Context(), trial.IdCall, []byte("back"))
		trial.WantReply(t, "called back", reply, err, "and forth")

		trial.Warm(t, a)
		slow := trial.Begin(t.Context(), a, trial.IdCall, []byte("sleep"))
		synctest.Wait()
		began = time.Now()
		reply, err = a.Request(t.Context(), trial.IdOther, []byte("passes"))
		trial.WantReply(t, "beside a slow one", reply, err, "passes")
		if took := time.Since(began); took > 4*time.Millisecond {
			t.Errorf("a call beside a slow one took %v", took)
		}
		res := trial.Await(t, "slow call", slow)
		trial.WantReply(t, "slow call", res.Reply, res.Err, "sleep")
	})
}

// P3: a caller that reads learns of a loss as any other does.
func TestP3CallerThatReadsAndALoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh := bothServe(t, func(ctx context.Context, _ *grid.Manager, _ []byte) ([]byte, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		c := mesh.Connection("a", "b")
		trial.Warm(t, c)
		call := trial.Begin(t.Context(), c, trial.IdCall, nil)
		synctest.Wait()
		mesh.Cut("a", "b")
		res := trial.Await(t, "call", call)
		trial.WantError(t, "call", res.Err, grid.ErrDisconnected, grid.MayHaveRun)
		mesh.Heal("a", "b")
		time.Sleep(time.Minute)
		trial.Warm(t, c)
		mesh.Cut("a", "b") // nobody reads at this moment
		time.Sleep(time.Millisecond)
		mesh.Heal("a", "b")
		time.Sleep(time.Minute)
		trial.Warm(t, c)
		if n := c.State().Session; n != 3 {
			t.Errorf("session %d after two cuts", n)
		}
	})
}

// mischief is what a handler may do to the goroutine it runs on.
var mischief = map[string]func(ctx context.Context, here *grid.Manager) error{
	"nothing": func(context.Context, *grid.Manager) error { return nil },
	"sleep":   func(context.Context, *grid.Manager) error { time.Sleep(3 * time.Millisecond); return nil },
	"panic":   func(context.Context, *grid.Manager) error { panic("as planned") },
	"exit":    func(context.Context, *grid.Manager) error { runtime.Goexit(); return nil },
	"hang":    func(ctx context.Context, _ *grid.Manager) error { <-ctx.Done(); return ctx.Err() },
	"hog": func(context.Context, *grid.Manager) error {
		for began := time.Now(); time.Since(began) < 3*time.Millisecond; {
		}
		return nil
	},
	"back": func(ctx context.Context, here *grid.Manager) error {
		_, err := here.Connection(grid.GetCaller(ctx)).Request(ctx, trial.IdOther, nil)
		return err
	},
}

// Handlers of every kind, called by one and by many callers from both ends over
// real sockets: each call has the outcome that its handler makes, on whatever
// goroutine that ran and whoever read the answer.
func TestRolesUnderStress(t *testing.T) {
	a, b := onLoopback(t, func(m *grid.Manager) error {
		return trial.RegisterAll(map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){
			trial.IdCall: func(ctx context.Context, p []byte) ([]byte, error) {
				return p, mischief[string(p)](ctx, m)
			},
			trial.IdOther: trial.Echo,
		}, nil)(m)
	})
	done := make(chan struct{})
	ends := []*grid.Connection{a, b}
	for _, c := range ends {
		go func() {
			defer func() { done <- struct{}{} }()
			for i := range 12 {
				inFlight := 1 + i%3*8
				callAll(t, c, inFlight)
			}
		}()
	}
	for range ends {
		<-done
	}
	for _, c := range ends {
		if n := c.State().Session; n != 1 {
			t.Errorf("it took %d sessions", n)
		}
	}
}

// callAll calls a handler of each kind, and a short one between them, from n
// goroutines.
func callAll(t *testing.T, c *grid.Connection, n int) {
	done := make(chan struct{})
	for range n {
		go func() {
			defer func() { done <- struct{}{} }()
			for kind := range mischief {
				for range 20 {
					reply, err := c.Request(context.Background(), trial.IdOther, []byte(kind))
					trial.WantReply(t, "between", reply, err, kind)
				}
				callOne(t, c, kind)
			}
		}()
	}
	for range n {
		<-done
	}
}

func callOne(t *testing.T, c *grid.Connection, kind string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var want error
	switch kind {
	case "hang":
		defer time.AfterFunc(5*time.Millisecond, cancel).Stop()
		want = grid.ErrCanceled
	case "panic", "exit":
		want = grid.ErrInternal
	}
	reply, err := c.Request(ctx, trial.IdCall, []byte(kind))
	if !errors.Is(err, want) || err == nil && string(reply) != kind {
		t.Errorf("%s: %q, %v", kind, reply, err)
	}
}

// onLoopback starts two nodes over real sockets and returns a connection from each
// to the other.
func onLoopback(t *testing.T, register func(*grid.Manager) error) (ab, ba *grid.Connection) {
	t.Helper()
	var peers []grid.Peer
	var listeners []net.Listener
	for _, name := range []string{"a", "b"} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listeners = append(listeners, ln)
		peers = append(peers, grid.Peer{Name: name, Address: ln.Addr().String()})
	}
	var conns []*grid.Connection
	for i, p := range peers {
		m, err := grid.NewManager(grid.Options{Name: p.Name, Peers: peers, Auth: grid.InsecureNoAuth(), Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		if err := register(m); err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: m.Handler(), ReadHeaderTimeout: time.Minute}
		go server.Serve(listeners[i])
		t.Cleanup(func() {
			m.Shutdown(context.Background())
			server.Close()
		})
		conns = append(conns, m.Connection(peers[1-i].Name))
	}
	for _, c := range conns {
		if err := c.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return conns[0], conns[1]
}
