//go:build unix

package faults

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// pairs are the names of a node in this process and of one in another, so that
// either is the one who dials: of alpha and beta it is alpha.
var pairs = []struct{ name, here, there string }{
	{"this process dials", "alpha", "beta"},
	{"the other process dials", "beta", "alpha"},
}

// duo is a node here, and one in a process of its own.
type duo struct {
	ledger  *Ledger // of what is seen here; the journal is added at the end
	load    *Load
	here    *Node
	there   *agent
	config  AgentConfig
	journal string
	proxy   *Proxy // in front of the node here
	c       *grid.Connection
}

func newDuo(t *testing.T, here, there string, options ...func(*AgentConfig)) *duo {
	t.Helper()
	d := &duo{ledger: NewLedger(), journal: filepath.Join(t.TempDir(), "journal")}
	d.load = NewLoad(d.ledger, 1)
	listener := listen(t)
	d.proxy = proxy(t, listener.Addr().String())
	d.config = AgentConfig{Name: there, Listen: restartable, Limits: QuickLimits(), Journal: d.journal, Book: 2,
		Peers: []grid.Peer{{Name: here, Address: d.proxy.Address()}}}
	for _, set := range options {
		set(&d.config)
	}
	d.there = process(t, d.config)
	d.config.Listen = d.there.address // after a restart it is where it was
	d.here = start(t, here, listener, d.config.Limits, d.ledger, grid.Peer{Name: there, Address: d.there.address})
	d.c = d.here.Connection(there)
	connected(t, d.c)
	if dialed := d.proxy.Connections() > 0; dialed != (there == "alpha") {
		t.Fatalf("the other process dialed: %v", dialed)
	}
	return d
}

// entered returns how many handlers the other process has entered so far.
func (d *duo) entered(t *testing.T) int {
	t.Helper()
	seen := NewLedger()
	if err := seen.Replay(d.journal); err != nil {
		t.Fatal(err)
	}
	return seen.Entered()
}

// audit checks what both processes have seen, once the other one has ended.
func (d *duo) audit(t *testing.T) {
	t.Helper()
	if err := d.ledger.Replay(d.journal); err != nil {
		t.Fatal(err)
	}
	sound(t, d.ledger)
}

// A process is stopped with calls and streams in flight: its peer notices in time.
// When it runs on, it answers at once what it was asked before; those answers
// reach nobody, and calls go again.
func TestProcessStopped(t *testing.T) {
	t.Parallel()
	for _, names := range pairs {
		t.Run(names.name, func(t *testing.T) {
			t.Parallel()
			d := newDuo(t, names.here, names.there)
			f := takeOff(d.load, d.c)
			eventually(t, "the calls run", func() bool { return d.entered(t) == size })
			stopped := time.Now()
			if err := d.there.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			f.crashed(t, stopped, Notice(QuickLimits()))
			d.there.tell("open") // the first thing that it reads when it runs on
			if err := d.there.cmd.Process.Signal(syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
			if got := d.there.line(); got != done {
				t.Fatal(got)
			}
			exercise(t, d.load, d.c)
			d.there.do("load", names.here, "2")
			d.there.do("rest")
			d.there.finish()
			d.audit(t)
		})
	}
}

// A process is killed with calls and streams in flight, and started again under
// its name: the calls end at once, in honest doubt, and the new one is called.
func TestProcessKilled(t *testing.T) {
	t.Parallel()
	for _, names := range pairs {
		t.Run(names.name, func(t *testing.T) {
			t.Parallel()
			d := newDuo(t, names.here, names.there)
			for range 2 {
				ran, before := d.entered(t), d.c.State().Session
				f := takeOff(d.load, d.c)
				eventually(t, "the calls run", func() bool { return d.entered(t) == ran+size })
				killed := time.Now()
				d.there.kill()
				f.crashed(t, killed, 0)
				d.config.Book++ // a new process numbers its calls anew
				d.there = process(t, d.config)
				exercise(t, d.load, d.c)
				if after := d.c.State().Session; after <= before {
					t.Errorf("session %d came after session %d", after, before)
				}
			}
			d.there.finish()
			d.audit(t)
		})
	}
}
