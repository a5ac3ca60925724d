//go:build linux

package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// The addresses of the two ends, of a network that is for tests (RFC 2544).
const (
	addressA = "198.18.77.1"
	addressB = "198.18.77.2"
)

// Two nodes in two network namespaces, joined by a pair of virtual interfaces, call
// each other all the time while the kernel loses what they send: the interface
// goes down, packets of one direction vanish, a queue overflows. Here no end of a
// connection is told anything, as when a cable is pulled.
func TestNamespaces(t *testing.T) {
	t.Parallel()
	n := newNamespaces(t)
	n.eachLoads()
	t.Run("the link goes down", func(t *testing.T) {
		n.lose(t, func() { n.run(t, "ip", "-n", n.a, "link", "set", n.link, "down") })
		n.run(t, "ip", "-n", n.a, "link", "set", n.link, "up")
		n.back(t)
	})
	t.Run("nothing comes back from one end", func(t *testing.T) {
		n.lose(t, func() { n.run(t, "ip", "-n", n.b, "route", "add", "blackhole", addressA+"/32") })
		n.run(t, "ip", "-n", n.b, "route", "del", "blackhole", addressA+"/32")
		n.back(t)
	})
	t.Run("a queue overflows", func(t *testing.T) {
		n.shape(t, "tbf", "rate", "8mbit", "burst", "8kb", "limit", "20kb")
	})
	t.Run("packets are lost and late", func(t *testing.T) {
		n.shape(t, "netem", "delay", "20ms", "10ms", "loss", "3%")
	})
	n.finish(t)
}

// namespaces are two of them with a link between, and a node in each.
type namespaces struct {
	a, b, link  string
	alpha, beta *agent
	journal     string
	stateA      AgentState
	stateB      AgentState
}

func newNamespaces(t *testing.T) *namespaces {
	t.Helper()
	for _, program := range []string{"ip", "tc"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
	id := os.Getpid()
	n := &namespaces{a: fmt.Sprintf("gridA%d", id), b: fmt.Sprintf("gridB%d", id), link: fmt.Sprintf("gr%d", id),
		journal: filepath.Join(t.TempDir(), "journal")}
	for _, name := range []string{n.a, n.b} {
		n.make(t, "a network namespace", "ip", "netns", "add", name)
		t.Cleanup(func() { n.run(t, "ip", "netns", "del", name) })
	}
	far := n.link + "b"
	n.make(t, "a pair of virtual interfaces", "ip", "link", "add", n.link, "netns", n.a, "type", "veth", "peer", "name", far, "netns", n.b)
	n.run(t, "ip", "-n", n.a, "addr", "add", addressA+"/24", "dev", n.link)
	n.run(t, "ip", "-n", n.b, "addr", "add", addressB+"/24", "dev", far)
	n.run(t, "ip", "-n", n.a, "link", "set", n.link, "up")
	n.run(t, "ip", "-n", n.b, "link", "set", far, "up")
	n.beta = process(t, AgentConfig{Name: "beta", Listen: addressB + ":0", Limits: QuickLimits(), Journal: n.journal, Book: 1,
		Peers: []grid.Peer{{Name: "alpha"}}}, "ip", "netns", "exec", n.b)
	n.alpha = process(t, AgentConfig{Name: "alpha", Listen: addressA + ":0", Limits: QuickLimits(), Journal: n.journal, Book: 2,
		Peers: []grid.Peer{{Name: "beta", Address: n.beta.address}}}, "ip", "netns", "exec", n.a)
	n.back(t)
	return n
}

// make is run for what only root may do, and not everywhere: it skips the test
// where that fails.
func (n *namespaces) make(t *testing.T, what string, words ...string) {
	t.Helper()
	if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
		t.Skipf("%s cannot be made: %v: %s", what, err, strings.TrimSpace(string(out)))
	}
}

// run runs a command that must not fail.
func (n *namespaces) run(t *testing.T, words ...string) {
	t.Helper()
	if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%q: %v\n%s", words, err, out)
	}
}

// eachLoads has each node call the other until the end.
func (n *namespaces) eachLoads() {
	n.alpha.do("load", "beta", "4")
	n.beta.do("load", "alpha", "4")
}

// look asks both nodes for their state.
func (n *namespaces) look() {
	n.alpha.ask(&n.stateA, "state", "beta")
	n.beta.ask(&n.stateB, "state", "alpha")
}

// lose does something to the network, and waits until both nodes have noticed.
func (n *namespaces) lose(t *testing.T, what func()) {
	t.Helper()
	what()
	began := time.Now()
	eventually(t, "both ends notice", func() bool {
		n.look()
		return n.stateA.Phase != grid.Connected && n.stateB.Phase != grid.Connected
	})
	took := time.Since(began)
	t.Logf("noticed within %v: %s; %s", took.Round(time.Millisecond), n.stateA.Reason, n.stateB.Reason)
	if took > Notice(QuickLimits())+slack {
		t.Errorf("promised is %v", Notice(QuickLimits()))
	}
}

// back waits until both nodes are connected with each other.
func (n *namespaces) back(t *testing.T) {
	t.Helper()
	began := time.Now()
	eventually(t, "both ends are connected", func() bool {
		n.look()
		return n.stateA.Phase == grid.Connected && n.stateB.Phase == grid.Connected
	})
	t.Logf("connected within %v", time.Since(began).Round(time.Millisecond))
}

// shape puts what one end sends through a queue that loses some of it for a while.
func (n *namespaces) shape(t *testing.T, queue ...string) {
	t.Helper()
	words := append([]string{"tc", "-n", n.a, "qdisc", "add", "dev", n.link, "root"}, queue...)
	n.make(t, "a queue of the kind "+queue[0], words...)
	time.Sleep(500 * time.Millisecond)
	out, err := exec.Command("tc", "-n", n.a, "-s", "qdisc", "show", "dev", n.link).Output()
	if err != nil {
		t.Error(err)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "dropped") {
			t.Log(strings.TrimSpace(line))
		}
	}
	n.run(t, "tc", "-n", n.a, "qdisc", "del", "dev", n.link, "root")
	n.back(t)
}

// finish ends the load and both nodes, and checks all that they saw.
func (n *namespaces) finish(t *testing.T) {
	t.Helper()
	n.alpha.do("rest")
	n.beta.do("rest")
	n.alpha.finish()
	n.beta.finish()
	l := NewLedger()
	if err := l.Replay(n.journal); err != nil {
		t.Fatal(err)
	}
	if sound(t, l).Answered == 0 {
		t.Error("no call was answered")
	}
	t.Logf("%d sessions", n.stateA.Session)
}
