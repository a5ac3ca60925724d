package grid_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/peer"
)

// attacks is the table of what a hostile peer may try, and the test that proves
// what comes of it. SECURITY.md is the description.
var attacks = []struct{ attack, test string }{
	{"handshake slow", "TestSlowHandshake"},
	{"handshake oversized", "TestOversizedHello"},
	{"handshake out of order", "TestHandshakeOutOfOrder"},
	{"no handshake at all", "TestGarbage"},
	{"upgrade malformed, smuggled or slow", "TestUpgradeRequests"},
	{"upgrade requests that never end", "TestUpgradeRequestsThatAreSlow"},
	{"upgrade answered by another server, or without end", "TestUpgradeAnswers"},
	{"wrong key, wrong version, no room", "TestRefusedAsAcceptor"},
	{"wrong key of the acceptor", "TestRefusedAsDialer"},
	{"replayed hello and proof", "TestAttackReplay"},
	{"reflected proof", "TestAttackReflection"},
	{"forged name, known key of another pair", "TestAttackForgedName"},
	{"forged name, certificate of another", "TestTLSIdentityIsBoundToTheName"},
	{"own name", "TestOwnNameRefused"},
	{"name that is nobody's", "TestStrangerRefused"},
	{"cross-site Origin", "TestOrigin"},
	{"too many sockets from one address", "TestTooManyStrangers"},
	{"too many sockets in total", "TestAttackSocketsInTotal"},
	{"authenticated, then silent", "TestAttackSilentAfterWelcome"},
	{"endless new incarnations", "TestAttackIncarnations"},
	{"decompression offer", "TestAttackDecompressionOffer"},
	{"oversized and fragmented messages, bad masks, reserved bits, length overflow", "TestFaultsCloseTheSession"},
	{"credit overflow, id reuse, wrong parity, unknown kinds", "TestFaultsCloseTheSession"},
	{"chunks past their window", "TestChunksPastTheWindow"},
	{"endless routes", "TestEndlessRoutes"},
	{"answers that are never read", "TestAnswersOwed"},
	{"frames for closed ids; ping, credit, reset and ignorable floods; never-reading peers", "TestAttackFloods"},
	{"a routes frame for each route", "TestAttackManyRouteSets"},
	{"open and reset", "TestAttackOpenAndReset"},
	{"call and reset", "TestAttackCallAndReset"},
	{"large messages announced and given up", "TestAttackLargeAnnouncedAndReset"},
	{"large answers that are never granted", "TestAttackLargeRepliesNeverGranted"},
	{"large requests whose chunks never come", "TestAttackHalfSentRequests"},
	{"zero window", "TestAttackZeroWindow"},
	{"grants that are never read", "TestAttackGrantsNeverRead"},
	{"metadata bombs", "TestAttackMetadata"},
	{"both sides flooding", "TestAttackBothSidesFlood"},
	{"list, map and nesting bombs in every type", "TestAttackBombsInTypes"},
	{"list, map and nesting bombs in requests", "TestAttackBombsInRequests"},
	{"list, map and nesting bombs in answers", "TestAttackBombsInAnswers"},
	{"panics, Goexit, nil results", "TestAttackHandlersThatDoNotReturn"},
	{"log injection", "TestAttackLogInjection"},
	{"look-up bypass of an interceptor", "TestAttackInterceptorBypass"},
	{"aliasing of pooled buffers", "TestAttackAliasing"},
}

// Every test that the table names exists.
func TestAttackTable(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(text, -1) {
			names = append(names, string(m[1]))
		}
	}
	for _, a := range attacks {
		if !slices.Contains(names, a.test) {
			t.Errorf("%s: there is no %s", a.attack, a.test)
		}
	}
}

// Routes that an arena adds to those of a target.
const (
	routeStuckStream = 6 + iota // a stream whose handler heeds nothing but release
	routeSender                 // a stream that sends 1 KiB messages until it cannot
	routePanic
	routeGoexit
	routeHuge // answers with 1 MiB
)

// arena is a node under attack, in a network and a bubble of fake time, and a
// witness: a second session that calls it all the time.
type arena struct {
	*probeTarget
	net        *gridtest.Network
	calm       time.Duration // what a call of the witness takes undisturbed
	goroutines int
	before     runtime.MemStats
	stop       chan struct{}
	watching   *peer.Session // the witness's
	witnessed  chan struct{} // closed when the witness has stopped

	mu      sync.Mutex
	running int             // handlers of routeStuckStream
	worst   time.Duration   // of the witness
	failed  error           // of the witness
	probes  []*peer.Session // closed at the end
}

// underAttack runs an attack. Afterwards the witness must have been served within
// three times its undisturbed latency, all along.
func underAttack(t *testing.T, change func(*grid.Options), attack func(t *testing.T, a *arena)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a := newArena(t, change)
		defer a.finish(t)
		attack(t, a)
	})
}

// finish ends the attack, then the witness, and says how it fared.
func (a *arena) finish(t *testing.T) {
	a.free()
	for _, s := range a.probes {
		s.Conn.Close()
	}
	close(a.stop)
	<-a.witnessed
	a.watching.Conn.Close()
	if a.failed != nil {
		t.Errorf("the witness: %v", a.failed)
	}
	if a.worst > 3*a.calm {
		t.Errorf("a call of the witness took %v, undisturbed %v", a.worst, a.calm)
	}
}

func newArena(t *testing.T, change func(*grid.Options)) *arena {
	a := &arena{net: gridtest.NewNetwork(1), stop: make(chan struct{}), witnessed: make(chan struct{})}
	a.net.SetAll(gridtest.Link{Latency: time.Millisecond})
	ln, err := a.net.Listen("target")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.net.Close() })
	a.probeTarget = newTarget(t, change)
	a.registerMore(t)
	a.serve(t, ln)
	w := a.session(t, "witness")
	began := time.Now()
	sessionAlive(t, w, 1)
	a.calm = time.Since(began)
	a.watching, a.probes = w, nil
	go a.witness(w)
	a.baseline()
	return a
}

func (a *arena) registerMore(t *testing.T) {
	err := a.RegisterStreamingHandler(107, grid.StreamHandler{InCapacity: 4, OutCapacity: 4, Handle: func(context.Context, []byte, <-chan []byte, chan<- []byte) error {
		a.count(1)
		defer a.count(-1)
		<-a.release
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	err = a.RegisterStreamingHandler(108, grid.StreamHandler{OutCapacity: 4, Handle: func(ctx context.Context, _ []byte, _ <-chan []byte, out chan<- []byte) error {
		for {
			select {
			case out <- make([]byte, 1024):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []struct {
		id grid.HandlerID
		fn func(context.Context, []byte) ([]byte, error)
	}{
		{109, func(context.Context, []byte) ([]byte, error) { panic("hunter2") }},
		{110, func(context.Context, []byte) ([]byte, error) { runtime.Goexit(); return nil, nil }},
		{111, func(context.Context, []byte) ([]byte, error) { return make([]byte, 1<<20), nil }},
	} {
		if err := a.RegisterSingleHandler(r.id, r.fn); err != nil {
			t.Fatal(err)
		}
	}
}

func (a *arena) count(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running += n
}

func (a *arena) runningNow() int {
	synctest.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.running
}

// conn dials the target from a host.
func (a *arena) conn(t *testing.T, host string) net.Conn {
	t.Helper()
	c, err := a.net.Dial(t.Context(), host, "target")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// session authenticates as the named peer, from a host of that name.
func (a *arena) session(t *testing.T, name string) *peer.Session {
	t.Helper()
	return a.sessionOf(t, name, peer.NewHello(name, "target"))
}

func (a *arena) sessionOf(t *testing.T, host string, h peer.Hello) *peer.Session {
	t.Helper()
	s, err := peer.Dial(a.conn(t, host), h, testKey)
	if err != nil {
		t.Fatal(err)
	}
	sendFrames(t, s, peer.NewFrame(peer.Routes, 0))
	expectFrame(t, s, peer.Routes)
	if err := a.Connection(string(h[peer.TagName])).WaitConnected(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.probes = append(a.probes, s)
	return s
}

// witness calls all the time, and keeps the longest time that an answer took.
func (a *arena) witness(s *peer.Session) {
	defer close(a.witnessed)
	for id := 2; ; id++ {
		select {
		case <-a.stop:
			return
		default:
		}
		began := time.Now()
		err := s.Send(peer.NewFrame(peer.Call, id, routeEcho, 0, 0, []byte("alive")))
		if err == nil {
			_, err = s.Expect(peer.Reply)
		}
		if err != nil {
			a.failed = err
			return
		}
		a.worst = max(a.worst, time.Since(began))
		time.Sleep(5 * time.Millisecond)
	}
}

// baseline is what memory and goroutines are counted from.
func (a *arena) baseline() {
	synctest.Wait()
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&a.before)
	a.goroutines = runtime.NumGoroutine()
}

// bounded fails the test if there is more on the heap, or there are more
// goroutines, than the attack may cost the node.
func (a *arena) bounded(t *testing.T, heap, goroutines int) {
	t.Helper()
	synctest.Wait()
	// What is forbidden is growth with the attack, which sends hundreds and more.
	// A few goroutines come and go with the witness's calls and the node's own work.
	const comeAndGo = 4
	goroutines += comeAndGo
	n := runtime.NumGoroutine() - a.goroutines
	for try := 0; n > goroutines && try < 10_000; try++ {
		// The count is the process's: what another test or the runtime is just
		// ending needs a moment outside of the bubble.
		runtime.Gosched()
		n = runtime.NumGoroutine() - a.goroutines
	}
	if n > goroutines {
		t.Errorf("%d goroutines more, at most %d are allowed", n, goroutines)
	}
	runtime.GC()
	runtime.GC()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	if n := int64(now.HeapAlloc) - int64(a.before.HeapAlloc); n > int64(heap) {
		t.Errorf("%d KiB more on the heap, at most %d are allowed", n>>10, heap>>10)
	}
}

// allocated returns how many bytes were allocated since the baseline, 0 where that
// cannot be told.
func (a *arena) allocated() int {
	if raceDetector {
		return 0
	}
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	return int(now.TotalAlloc - a.before.TotalAlloc)
}

// discard reads whatever comes until the socket is closed.
func discard(s *peer.Session) {
	for {
		if _, err := s.Next(); err != nil {
			return
		}
	}
}
