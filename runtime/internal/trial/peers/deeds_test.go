package peers_test

import (
	"context"
	"encoding/binary"
	"sync"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// deeds are calls of one node to another, with the numbers from 0 on, and which of them ran.
type deeds struct {
	t              *testing.T
	pair           *socketPair
	caller, server string
	halt           *halt
	begun          uint32
	all            sync.WaitGroup

	mu   sync.Mutex
	ran  map[uint32]bool
	errs map[uint32]error
}

// stuckCount and stuckSize are the calls that begin at once: far more than sockets hold.
const (
	stuckCount = 32
	stuckSize  = 40 << 10
)

// slack is how long anything may take on a machine that is busy with much else. It is far
// less than the minute after which the nodes look after a dead socket.
const slack = 20 * time.Second

// newDeeds connects two nodes, and then lets half a record go to the server and no more.
func newDeeds(t *testing.T, secure bool, caller, server string) *deeds {
	t.Helper()
	d := &deeds{t: t, caller: caller, server: server, ran: map[uint32]bool{}, errs: map[uint32]error{}}
	d.pair = newSocketPair(t, secure, d.serve)
	d.wantWorks()
	for _, book := range d.pair.books {
		book.resize(t, 16<<10)
	}
	direction := toTarget
	if caller == "b" {
		direction = fromTarget
	}
	d.halt = d.pair.gate.stop(direction)
	return d
}

func (d *deeds) serve(_ context.Context, p []byte) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ran[binary.BigEndian.Uint32(p)] = true
	return p[:4], nil
}

func (d *deeds) connection() *grid.Connection { return d.pair.nodes[d.caller].Connection(d.server) }

func (d *deeds) call(ctx context.Context, n uint32) error {
	p := make([]byte, stuckSize)
	binary.BigEndian.PutUint32(p, n)
	_, err := d.connection().Request(ctx, trial.IdCall, p)
	return err
}

// begin makes calls in the background.
func (d *deeds) begin(ctx context.Context) {
	for range stuckCount {
		n := d.begun
		d.begun++
		d.all.Go(func() {
			err := d.call(ctx, n)
			d.mu.Lock()
			defer d.mu.Unlock()
			d.errs[n] = err
		})
	}
}

// waitStuck waits until half a record is written, and much more than a socket holds waits
// behind it.
func (d *deeds) waitStuck() {
	d.t.Helper()
	limit := time.After(slack)
	select {
	case <-d.halt.reached:
	case <-limit:
		d.t.Fatal("nothing is sent")
	}
	for d.queued() < 4*stuckSize {
		select {
		case <-time.After(time.Millisecond):
		case <-limit:
			d.t.Fatalf("%d bytes wait to be sent", d.queued())
		}
	}
}

func (d *deeds) queued() int64 {
	for _, l := range d.pair.nodes[d.caller].Snapshot().Node.Limits {
		if l.Name == "SendQueue" {
			return l.Used
		}
	}
	return 0
}

// wait waits for the end of all calls, and returns how they ended.
func (d *deeds) wait() map[uint32]error {
	d.t.Helper()
	ended := make(chan struct{})
	go func() {
		d.all.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(slack):
		d.mu.Lock()
		defer d.mu.Unlock()
		d.t.Fatalf("%d of %d calls are held", int(d.begun)-len(d.errs), d.begun)
	}
	return d.errs
}

// wantHonest checks that calls work again, over another session if it is to be so, and that
// none ran that is said to be not sent.
func (d *deeds) wantHonest(another bool) {
	d.t.Helper()
	want := uint64(1)
	if another {
		want = 2
	}
	d.waitSession(want)
	d.wantWorks()
	if n := d.connection().State().Session; n != want {
		d.t.Errorf("it took %d sessions, want %d", n, want)
	}
	notSent := 0
	d.mu.Lock()
	defer d.mu.Unlock()
	for n, err := range d.errs {
		switch outcome := grid.OutcomeOf(err); {
		case outcome == grid.NotSent:
			notSent++
			if d.ran[n] {
				d.t.Errorf("call %d ran: %v", n, err)
			}
		case outcome != grid.MayHaveRun:
			d.t.Errorf("the outcome of call %d is %v: %v", n, outcome, err)
		}
	}
	if notSent == 0 || notSent == len(d.errs) {
		d.t.Errorf("%d of %d calls were not sent", notSent, len(d.errs))
	}
}

// waitSession waits for the n-th session.
func (d *deeds) waitSession(n uint64) {
	d.t.Helper()
	for limit := time.After(slack); ; {
		state, changed := d.connection().Changes()
		if state.Session >= n && state.Phase == grid.Connected {
			return
		}
		select {
		case <-changed:
		case <-limit:
			d.t.Fatalf("there is no session %d: %+v", n, state)
		}
	}
}

// wantWorks makes a call that has no number of those that count.
func (d *deeds) wantWorks() {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), slack)
	defer cancel()
	if err := d.call(grid.WaitForReady(ctx), 1<<31); err != nil {
		d.t.Fatal(err)
	}
}
