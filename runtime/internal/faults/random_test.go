package faults

import (
	"flag"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

var (
	forFlag  = flag.Duration("for", 1500*time.Millisecond, "how long random faults go on")
	seedFlag = flag.Uint64("seed", 1, "chooses the random faults and the load")
)

// workers make calls and streams over each connection of the mesh.
const workers = 8

// Three nodes call each other in all directions, while random faults befall each
// of the links between them. Nothing is lost, doubled or wrong, and when all is
// calm every link is up and no call, stream or byte stays behind.
func TestRandomFaults(t *testing.T) {
	t.Parallel()
	m := newMesh(t, "alpha", "beta", "gamma")
	load := NewLoad(m.ledger, 1)
	stalls := WatchStalls()
	defer stalls.Stop()
	stop := make(chan struct{})
	var work sync.WaitGroup
	var count atomic.Int64
	for i, p := range m.proxies {
		rng := rand.New(rand.NewPCG(*seedFlag, uint64(i)))
		work.Go(func() { count.Add(int64(Storm(stop, p, rng, func(string) {}))) })
	}
	for i, c := range m.connections {
		for j := range workers {
			rng := rand.New(rand.NewPCG(*seedFlag, uint64(1000+100*i+j)))
			work.Go(func() { load.Work(stop, c, rng) })
		}
	}
	time.Sleep(*forFlag)
	close(stop)
	work.Wait()
	connected(t, m.connections...)
	exercise(t, load, m.connections...)
	rest(t, m.connections...)
	tally := sound(t, m.ledger)
	sessions := uint64(0)
	for _, c := range m.connections {
		sessions += c.State().Session
	}
	late, worst := load.Late(stalls)
	t.Logf("seed %d: %d faults on %d links, %d sessions; %d calls ended more than %v after their deadline, %v at worst where the process did not stall, which it did for up to %v",
		*seedFlag, count.Load(), len(m.proxies), sessions/2, late, promised, worst.Round(time.Millisecond), stalls.Worst().Round(time.Millisecond))
	if tally.Answered == 0 {
		t.Error("no call was answered")
	}
	if worst > slack {
		t.Errorf("a call ended %v after its deadline", worst)
	}
}

// mesh is nodes with a proxy in each link between two of them.
type mesh struct {
	ledger      *Ledger
	proxies     []*Proxy
	connections []*grid.Connection // all, in both directions
}

func newMesh(t *testing.T, names ...string) *mesh {
	t.Helper()
	m := &mesh{ledger: NewLedger()}
	nodes := make([]*Node, len(names))
	for i, name := range names {
		nodes[i] = start(t, name, listen(t), QuickLimits(), m.ledger)
	}
	for i, a := range nodes {
		for _, b := range nodes[:i] {
			m.join(t, a, b)
		}
	}
	connected(t, m.connections...)
	m.proxies = slices.DeleteFunc(m.proxies, func(p *Proxy) bool { return p.Connections() == 0 })
	return m
}

// join makes two nodes peers. Whichever of them dials does it through the proxy:
// it has one in front of each.
func (m *mesh) join(t *testing.T, a, b *Node) {
	t.Helper()
	for _, end := range [][2]*Node{{a, b}, {b, a}} {
		from, to := end[0], end[1]
		p := proxy(t, to.Address())
		if err := from.AddPeer(grid.Peer{Name: to.Name(), Address: p.Address()}); err != nil {
			t.Fatal(err)
		}
		m.proxies = append(m.proxies, p)
		m.connections = append(m.connections, from.Connection(to.Name()))
	}
}
