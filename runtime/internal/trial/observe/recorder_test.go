package observe_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	idCall   = 1
	idStream = 2
	idOther  = 3
)

type recordedKey struct{}

// recorded is one Begin, and its End.
type recorded struct {
	info  *grid.CallInfo // of the Begin
	meta  map[string]string
	ends  int
	end   grid.CallEnd
	after *grid.CallInfo // of the End
}

// recorder remembers all that an observer is told.
type recorder struct {
	mark string // added to the metadata of what the client begins

	mu     sync.Mutex
	calls  []*recorded
	events []grid.SessionEvent
	faults []string
}

func (r *recorder) Begin(ctx context.Context, info *grid.CallInfo) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	x := &recorded{info: info, meta: grid.GetMetadata(ctx)}
	r.calls = append(r.calls, x)
	if r.mark != "" && !info.Server {
		ctx = grid.WithMetadata(ctx, map[string]string{"mark": r.mark})
	}
	return context.WithValue(ctx, recordedKey{}, x)
}

func (r *recorder) End(ctx context.Context, info *grid.CallInfo, end grid.CallEnd) {
	r.mu.Lock()
	defer r.mu.Unlock()
	x, _ := ctx.Value(recordedKey{}).(*recorded)
	if x == nil {
		r.faults = append(r.faults, "an end without the context of its begin")
		return
	}
	x.ends++
	x.end, x.after = end, info
}

func (r *recorder) Session(e grid.SessionEvent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

// take returns what was recorded since the last time, each begin with one end.
func (r *recorder) take(t *testing.T) []*recorded {
	t.Helper()
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.calls
	r.calls = nil
	for _, x := range all {
		if x.ends != 1 {
			t.Errorf("%+v: %d ends", x.info, x.ends)
		}
	}
	for _, f := range r.faults {
		t.Error(f)
	}
	return all
}

// one returns the one call that was recorded since the last time.
func (r *recorder) one(t *testing.T) *recorded {
	t.Helper()
	all := r.take(t)
	if len(all) != 1 {
		t.Fatalf("%d calls were observed, not 1", len(all))
	}
	return all[0]
}

// sessions returns the events in short.
func (r *recorder) sessions() []string {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, e := range r.events {
		s := e.Change.String() + " " + e.Peer
		if e.Change != grid.SessionRefused {
			s += fmt.Sprintf(" %d", e.Session)
		}
		if e.Guest {
			s += " guest"
		}
		if e.Code != "" {
			s += " " + string(e.Code)
		}
		if e.ByPeer {
			s += " by peer"
		}
		all = append(all, s)
	}
	return all
}

// wantEnd compares the outcome of a call.
func wantEnd(t *testing.T, at string, x *recorded, code grid.Code, outcome grid.Outcome) {
	t.Helper()
	if x.end.Code != code || x.end.Outcome != outcome || (x.end.Err == nil) != (code == "") {
		t.Errorf("%s: ended as %q, %v, %v; want %q, %v", at, x.end.Code, x.end.Outcome, x.end.Err, code, outcome)
	}
}

// pair is a client "a" and a server "b", each with an observer.
type pair struct {
	*gridtest.Mesh
	a, b *recorder
	conn *grid.Connection // from a to b
}

// observed runs a test with a pair, and the given handlers at b.
func observed(t *testing.T, configure func(name string, o *grid.Options), register func(m *grid.Manager) error, f func(t *testing.T, p *pair)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &pair{a: &recorder{mark: "of a"}, b: &recorder{}}
		p.Mesh = gridtest.New(t, gridtest.Options{
			Nodes: []string{"a", "b"},
			Link:  gridtest.Link{Latency: time.Millisecond},
			Configure: func(name string, o *grid.Options) {
				o.Observers = []grid.Observer{map[string]*recorder{"a": p.a, "b": p.b}[name]}
				if configure != nil {
					configure(name, o)
				}
			},
			Register: func(n *gridtest.Node) error {
				if n.Name() != "b" || register == nil {
					return nil
				}
				return register(n.Manager())
			},
		})
		if err := p.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.conn = p.Connection("a", "b")
		for _, name := range []string{"a", "b"} { // from now on calls are counted
			p.Node(name).Manager().Snapshot()
		}
		f(t, p)
	})
}

func wantList(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n  got  %s\n  want %s", what, strings.Join(got, "\n       "), strings.Join(want, "\n       "))
	}
}
