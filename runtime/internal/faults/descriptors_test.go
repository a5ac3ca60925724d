//go:build unix

package faults

import (
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// few is how many file descriptors a process has that is to run out of them.
const few = 64

// A node is flooded with sockets until it has no file descriptors left. Its
// session goes on, it does not spin over what it cannot accept, and it accepts
// again once there is room.
func TestDescriptorsOfAcceptor(t *testing.T) {
	t.Parallel()
	late := listen(t)
	d := newDuo(t, "alpha", "beta", func(c *AgentConfig) {
		c.Files, c.Guests = few, true
		c.Limits = grid.Limits{} // a machine that stalls must not end the session
	})
	var before, during Usage
	flood := openSockets(t, d.there.address, 3*few)
	eventually(t, "accepting fails", func() bool {
		d.there.ask(&before, "usage")
		return before.Refusals > 0
	})
	began := time.Now()
	other := start(t, "gamma", late, QuickLimits(), d.ledger)
	if err := other.AddPeer(grid.Peer{Name: "beta", Address: d.there.address}); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		exercise(t, d.load, d.c)
		time.Sleep(50 * time.Millisecond)
	}
	d.there.ask(&during, "usage")
	lasted := time.Since(began)
	t.Logf("%d sockets accepted, then none for %v: %d attempts, %d lines in the log, %v of the processor",
		before.Accepted, lasted.Round(time.Millisecond), during.Refusals-before.Refusals, during.AcceptLogs-before.AcceptLogs,
		(during.Processor - before.Processor).Round(time.Millisecond))
	// An http.Server waits 5 ms, then twice as long each time, up to 1 s.
	if most := int64(10 + lasted/time.Second); during.Refusals-before.Refusals > most {
		t.Errorf("accepting was tried %d times in %v", during.Refusals-before.Refusals, lasted)
	}
	if during.Accepted > before.Accepted+few {
		t.Errorf("%d sockets were accepted, of a process that may have %d files", during.Accepted, few)
	}
	if s := d.c.State().Session; s != 1 {
		t.Errorf("the session did not outlive the flood: this is number %d", s)
	}
	for _, c := range flood {
		c.Close()
	}
	c := other.Connection("beta")
	connected(t, c)
	exercise(t, d.load, c, d.c)
	d.there.finish()
	d.audit(t)
}

// openSockets opens sockets that say nothing, until the test ends.
func openSockets(t *testing.T, address string, n int) []net.Conn {
	t.Helper()
	var all []net.Conn
	t.Cleanup(func() {
		for _, c := range all {
			c.Close()
		}
	})
	for range n {
		c, err := net.DialTimeout("tcp", address, patience)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

// The process of a node that dials has no file descriptors left when its session
// is cut: the state of its Connection says why it stays away, and it comes back
// once there are some.
func TestDescriptorsOfDialer(t *testing.T) {
	t.Parallel()
	d := newDuo(t, "beta", "alpha", func(c *AgentConfig) {
		c.Files = few
		c.Limits.Handshake = 300 * time.Millisecond
	})
	d.there.do("exhaust")
	exercise(t, d.load, d.c) // a session needs no more than it has
	d.proxy.BlackHole()
	d.proxy.Cut(RST)
	var s AgentState
	eventually(t, "the dialer has no descriptor left", func() bool {
		d.there.do("exhaust") // once more: the session's own, and that of an attempt that has failed
		d.there.ask(&s, "state", "beta")
		return strings.Contains(s.Reason, syscall.EMFILE.Error())
	})
	if s.Phase != grid.Connecting {
		t.Errorf("the phase is %v", s.Phase)
	}
	t.Logf("the state of the dialer: %v: %s", s.Phase, s.Reason)
	var before, after Usage
	d.there.ask(&before, "usage")
	d.there.do("load", "beta", "2") // it cannot be called, and says so
	time.Sleep(300 * time.Millisecond)
	d.there.do("rest")
	d.there.ask(&after, "usage")
	t.Logf("%v of the processor in 300ms of attempts and calls", (after.Processor - before.Processor).Round(time.Millisecond))
	d.proxy.Calm()
	d.there.do("free")
	connected(t, d.c)
	d.there.do("load", "beta", "2")
	exercise(t, d.load, d.c)
	d.there.do("rest")
	d.there.finish()
	d.audit(t)
}
