package peers_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// feed is a Resolver that says what a test tells it to say.
type feed struct {
	peers chan []grid.Peer
	fail  chan error
	mu    sync.Mutex
	calls []time.Time
}

func newFeed() *feed { return &feed{peers: make(chan []grid.Peer), fail: make(chan error)} }

func (f *feed) Resolve(ctx context.Context, update func([]grid.Peer)) error {
	f.mu.Lock()
	f.calls = append(f.calls, time.Now())
	f.mu.Unlock()
	for {
		select {
		case peers := <-f.peers:
			update(peers)
		case err := <-f.fail:
			return err
		case <-ctx.Done():
			return nil
		}
	}
}

func (f *feed) began() []time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// What a Resolver names are the peers, besides those of the options. While it
// fails they stay, and it is asked again soon.
func TestResolverFeedsTheMembership(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed()
		logs := &trial.LogBook{}
		mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a"}, Configure: func(_ string, o *grid.Options) {
			o.Peers, o.Resolver = []grid.Peer{peerAt("fixed", "fixed")}, f
			o.Logger, o.PeerGrace = logs.Logger(), -1
		}})
		m := mesh.Node("a").Manager()
		want := func(names ...string) {
			t.Helper()
			synctest.Wait()
			if got := m.AllPeers().Names(); !slices.Equal(got, names) {
				t.Errorf("peers: %v, want %v", got, names)
			}
		}
		want("fixed")
		f.peers <- []grid.Peer{peerAt("b", "b"), peerAt("c", "c"), {Name: "d", Address: "nonsense"}}
		want("b", "c", "fixed")
		logs.Want(t, "the resolver's list of peers has faults")
		b := m.Connection("b")
		f.peers <- []grid.Peer{peerAt("b", "elsewhere"), peerAt("e", "e"), peerAt("fixed", "elsewhere")}
		want("b", "e", "fixed")
		if m.Connection("b") != b {
			t.Error("a peer that moved has another Connection")
		}

		f.fail <- io.ErrUnexpectedEOF
		want("b", "e", "fixed")
		logs.Want(t, "resolver failed")
		failed := time.Now()
		time.Sleep(time.Second)
		if calls := f.began(); len(calls) != 2 || calls[1].Sub(failed) > grid.DefaultLimits().BackoffMin {
			t.Errorf("failed at %v, asked at %v", failed, calls)
		}
		f.peers <- nil
		want("fixed")
		if b.State().Phase != grid.Closed {
			t.Errorf("a peer that is not named any more: %v", b.State().Phase)
		}
	})
}

// A list that names a peer twice, at two ports and in another order each time, as
// SRV records of several ports are, makes one session that lasts, and one warning.
func TestResolverNamesAPeerTwice(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		f := newFeed()
		logs := &trial.LogBook{}
		w := r.World(t, trial.Setup{Apart: true, Register: trial.RegisterEcho, Configure: func(_ *trial.World, name string, o *grid.Options) {
			if name == r.Caller {
				o.Peers, o.Resolver, o.Logger = nil, f, logs.Logger()
			}
		}})
		twice := []grid.Peer{peerAt(r.Server, r.Server), {Name: r.Server, Address: "elsewhere:8080"}, peerAt(r.Caller, r.Caller), peerAt(r.Caller, "elsewhere")}
		f.peers <- twice
		synctest.Wait()
		c := w.Connection(r.Caller, r.Server)
		trial.WantConnected(t, c)
		for range 20 {
			twice = slices.Clone(twice) // the last list may still be read
			slices.Reverse(twice)
			f.peers <- twice
			time.Sleep(time.Second)
		}
		if state := c.State(); state.Phase != grid.Connected || state.Session != 1 {
			t.Errorf("after 20 look-ups: %+v", state)
		}
		const warning = "the resolver's list of peers has faults"
		if n := strings.Count(logs.String(), warning); n != 1 || !strings.Contains(logs.String(), "elsewhere:8080") {
			t.Errorf("%d warnings:\n%s", n, logs)
		}
		f.peers <- []grid.Peer{peerAt(r.Server, r.Server)}
		f.peers <- twice
		synctest.Wait()
		if n := strings.Count(logs.String(), warning); n != 2 {
			t.Errorf("%d warnings after a good list and a bad one:\n%s", n, logs)
		}
	})
}

// A list is checked as the options are: what is wrong in it is left out, the rest
// counts, and a peer that is there stays where it is.
func TestResolverListIsChecked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed()
		logs := &trial.LogBook{}
		mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a"}, Configure: func(_ string, o *grid.Options) {
			o.Peers, o.Resolver, o.Logger = nil, f, logs.Logger()
			o.PeerGrace = -1
		}})
		m := mesh.Node("a").Manager()
		want := func(names ...string) {
			t.Helper()
			synctest.Wait()
			if got := m.Peers(); !slices.Equal(got, names) {
				t.Errorf("peers: %v, want %v", got, names)
			}
		}
		long := strings.Repeat("n", 256)
		f.peers <- []grid.Peer{peerAt("b", "b"), {Name: "", Address: "c:1"}, {Name: long, Address: "d:1"}, {Name: "e", Address: "nonsense"}, {Name: "g", Address: "bad"}, peerAt("g", "g"), peerAt("b", "b"), {Name: "b"}}
		want("b", "g")
		logs.Want(t, "is empty")
		if strings.Contains(logs.String(), "has 2 addresses") {
			t.Errorf("an address beside none is a fault:\n%s", logs)
		}
		logs.Want(t, `\"nonsense\" is neither host:port nor`)
		if err := m.AddPeer(peerAt("mine", "mine")); err != nil {
			t.Fatal(err)
		}
		f.peers <- []grid.Peer{{Name: "b", Address: "nonsense"}, {Name: "mine", Address: "nonsense"}}
		want("b", "mine")
		f.peers <- nil
		want("mine")
	})
}

// A Resolver may call update from several goroutines, and after its list has changed
// again.
func TestResolverUpdatesFromSeveralGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b"}, Configure: func(name string, o *grid.Options) {
			o.Peers = nil
			o.PeerGrace = -1
			o.Resolver = resolverFunc(func(ctx context.Context, update func([]grid.Peer)) error {
				var updates sync.WaitGroup
				for i := range 8 {
					updates.Go(func() {
						for range 50 {
							update([]grid.Peer{peerAt("a", "a"), peerAt("b", "b"), peerAt([]string{"c", "d"}[i%2], "nowhere")})
						}
					})
				}
				updates.Wait()
				update([]grid.Peer{peerAt("a", "a"), peerAt("b", "b")})
				<-ctx.Done()
				update([]grid.Peer{peerAt("late", "late")})
				return nil
			})
		}})
		time.Sleep(time.Second)
		if err := mesh.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := mesh.Node("a").Manager().Peers(); !slices.Equal(got, []string{"b"}) {
			t.Errorf("peers: %v", got)
		}
	})
}

// resolverFunc is a Resolver that is a function.
type resolverFunc func(ctx context.Context, update func([]grid.Peer)) error

// Resolve implements grid.Resolver.
func (f resolverFunc) Resolve(ctx context.Context, update func([]grid.Peer)) error {
	return f(ctx, update)
}

// A StaticResolver names peers for ever, and ends with the node.
func TestStaticResolver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b", "c"}, Configure: func(name string, o *grid.Options) {
			o.Peers = nil
			o.Resolver = grid.StaticResolver(peerAt("a", "a"), peerAt("b", "b"), peerAt("c", "c"))
		}})
		time.Sleep(time.Hour)
		if err := mesh.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := mesh.Node("b").Manager().Peers(); !slices.Equal(got, []string{"a", "c"}) {
			t.Errorf("peers of b: %v", got)
		}
	})
}

// nameServer answers look-ups of SRV records, over what a net.Resolver takes for
// TCP. Without records it says SERVFAIL.
type nameServer struct {
	mu      sync.Mutex
	records []net.SRV
	asked   [][]byte
}

func (n *nameServer) set(records ...net.SRV) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.records = records
}

// questions returns what was asked for so far, each as its labels on the wire.
func (n *nameServer) questions() [][]byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.asked)
}

func (n *nameServer) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		go n.serve(far)
		return near, nil
	}}
}

// serve answers one query, RFC 1035: a length of 2 bytes, then the message.
func (n *nameServer) serve(conn net.Conn) {
	defer conn.Close()
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return
	}
	query := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(conn, query); err != nil {
		return
	}
	reply := n.answer(query)
	conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...))
}

func (n *nameServer) answer(query []byte) []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	const header, failed = 12, 2
	end := header
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	end++
	n.asked = append(n.asked, query[header:end])
	flags := uint16(0x8180) // an answer, recursion desired and available
	if len(n.records) == 0 {
		flags |= failed
	}
	b := append([]byte(nil), query[:2]...) // the id
	for _, v := range []uint16{flags, 1, uint16(len(n.records)), 0, 0} {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	b = append(b, query[header:end+4]...) // the question, with its type and class
	for _, r := range n.records {
		b = appendSRV(b, r)
	}
	return b
}

// appendSRV appends a record for the name in the question, RFC 2782.
func appendSRV(b []byte, r net.SRV) []byte {
	const typeSRV, classIN, question = 33, 1, 0xc00c // the last: see offset 12
	var target []byte
	for label := range strings.SplitSeq(strings.TrimSuffix(r.Target, "."), ".") {
		target = append(append(target, byte(len(label))), label...)
	}
	target = append(target, 0)
	for _, v := range []uint16{question, typeSRV, classIN, 0, 60, uint16(6 + len(target)), r.Priority, r.Weight, r.Port} {
		b = binary.BigEndian.AppendUint16(b, v) // 0, 60: the time to live
	}
	return append(b, target...)
}

// A DNSResolver names the targets of SRV records, and follows them. When a
// look-up fails it says so and names nobody.
func TestDNSResolver(t *testing.T) {
	n := &nameServer{}
	n.set(net.SRV{Target: "one.example.test.", Port: 8001, Weight: 10}, net.SRV{Target: "two.example.test.", Port: 8002, Priority: 5})
	r := &grid.DNSResolver{Service: "grid", Proto: "tcp", Domain: "example.test.", Interval: 5 * time.Millisecond, Resolver: n.resolver()}
	named := make(chan []grid.Peer)
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	resolve := func() {
		ended <- r.Resolve(ctx, func(peers []grid.Peer) {
			select {
			case named <- slices.Clone(peers):
			case <-ctx.Done():
			}
		})
	}
	next := func() []grid.Peer {
		t.Helper()
		select {
		case peers := <-named:
			return peers
		case err := <-ended:
			t.Fatalf("Resolve returned: %v", err)
		case <-time.After(time.Minute):
			t.Fatal("nobody was named")
		}
		return nil
	}
	one, two := grid.Peer{Name: "one.example.test", Address: "one.example.test:8001"}, grid.Peer{Name: "two.example.test", Address: "two.example.test:8002"}
	go resolve()
	if got := next(); !slices.Equal(got, []grid.Peer{one, two}) {
		t.Errorf("named %v", got)
	}
	if got := string(n.questions()[0]); got != "\x05_grid\x04_tcp\x07example\x04test\x00" {
		t.Errorf("asked for %q", got)
	}
	n.set(net.SRV{Target: "two.example.test.", Port: 8002})
	for deadline := time.Now().Add(time.Minute); !slices.Equal(next(), []grid.Peer{two}); {
		if time.Now().After(deadline) {
			t.Fatal("the change was not noticed")
		}
	}
	n.set()
	for {
		select {
		case <-named: // of a look-up before
			continue
		case err := <-ended:
			if err == nil {
				t.Error("a look-up that failed was no error")
			}
		case <-time.After(time.Minute):
			t.Fatal("a failing look-up has no end")
		}
		break
	}

	n.set(net.SRV{Target: "one.example.test.", Port: 8001})
	go resolve()
	if got := next(); !slices.Equal(got, []grid.Peer{one}) {
		t.Errorf("named %v", got)
	}
	cancel()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("Resolve goes on after its context")
	}
}
