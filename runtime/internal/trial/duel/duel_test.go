package duel_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/peer"
)

// duelLimits are small, so that a short program comes to them.
var duelLimits = grid.Limits{
	Message: 1 << 20, Reassembly: 1 << 20, Unread: 128 << 10, SendQueue: 256 << 10, BulkWindow: 64 << 10, BulkWindowMax: 256 << 10,
	StreamWindowMin: 8 << 10, StreamWindowMax: 64 << 10, RunningCalls: 16, OpenStreams: 16, OwedAnswers: 64, CallTimeout: time.Minute,
}

// duel is a program, the two nodes that it drives and what they have done.
type duel struct {
	t       *testing.T
	program []byte
	budget  int // bytes that it may still send
	mesh    *gridtest.Mesh
	free    chan struct{} // closed when handlers that block are to return
	tasks   sync.WaitGroup
	faults  sync.WaitGroup    // what will be healed
	stops   [2]sync.WaitGroup // of each side
	all     []*duelTask

	mu       sync.Mutex
	sockets  [2]net.Conn    // the newest of each side
	runs     map[uint64]int // handlers, by the task that they are of
	tampered bool           // a node was made to say what it did not
}

// newDuel starts the nodes. B dials.
func newDuel(t *testing.T, program []byte) *duel {
	d := &duel{t: t, program: program, budget: heaviestDuel, free: make(chan struct{}), runs: map[uint64]int{}}
	d.mesh = gridtest.New(t, gridtest.Options{
		Nodes: []string{"a", "b"}, Seed: 1, Link: gridtest.Link{Latency: time.Millisecond},
		Configure: d.configure,
		Register:  d.register,
	})
	if err := d.mesh.WaitConnected(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *duel) configure(_ string, o *grid.Options) {
	o.Limits, o.Logger = duelLimits, slog.New(slog.DiscardHandler)
	dial := o.Dial
	o.Dial = func(ctx context.Context, address string) (net.Conn, error) {
		conn, err := dial(ctx, address)
		if err == nil {
			d.socket(sideB, conn)
		}
		return conn, err
	}
}

// socket notes where a side writes.
func (d *duel) socket(side int, conn net.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sockets[side] = conn
}

func (d *duel) register(n *gridtest.Node) error {
	if n.Name() == "a" {
		n.Server().ConnState = func(conn net.Conn, state http.ConnState) {
			if state == http.StateHijacked {
				d.socket(sideA, conn)
			}
		}
	}
	return errors.Join(d.serveCalls(n.Manager()), d.serveStreams(n.Manager()))
}

// inject writes between what a side's node writes. It waits for room as the node
// would, and for no longer than the socket lives.
func (d *duel) inject(side int, b func(*peer.Session) []byte) {
	d.mu.Lock()
	conn := d.sockets[side]
	d.tampered = true
	d.mu.Unlock()
	if conn == nil {
		return
	}
	s := &peer.Session{Socket: peer.NewSocket(conn, nil, side == sideB), Checksum: true}
	d.tasks.Go(func() { conn.Write(b(s)) })
}

// calm ends all faults, lets what goes on end by itself, and ends the rest.
func (d *duel) calm() {
	d.faults.Wait()
	d.mesh.HealAll()
	for side, name := range names {
		d.stops[side].Wait()
		if !d.mesh.Node(name).Running() {
			d.mesh.Restart(name)
		}
	}
	close(d.free)
	for _, task := range d.all {
		task.finish()
	}
	time.Sleep(time.Minute)
	for _, task := range d.all {
		task.cancel()
	}
	time.Sleep(time.Second)
	d.quiet()
	d.mesh.Cut("a", "b") // whoever still waits to inject
	d.tasks.Wait()
	d.mesh.Heal("a", "b")
	synctest.Wait()
}
