//go:build unix

package faults

import (
	"flag"
	"fmt"
	"net"
	"path/filepath"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

var roundsFlag = flag.Int("rounds", 3, "how often each of the processes of TestRollingRestart restarts")

// Five processes that call each other restart in good order, one after the other,
// round after round, under constant load. No call fails or is in doubt, and no
// handler is cut: a node that leaves begins no calls, and what its peers ask of it
// goes on with its next process.
func TestRollingRestart(t *testing.T) {
	const nodes, workers = 5, "4"
	journal := filepath.Join(t.TempDir(), "journal")
	var peers []grid.Peer
	for i := range nodes {
		peers = append(peers, grid.Peer{Name: fmt.Sprintf("node%d", i), Address: freeAddress(t)})
	}
	book := uint64(0)
	begin := func(i int) *agent {
		book++
		c := AgentConfig{Name: peers[i].Name, Listen: peers[i].Address, Peers: peers, Journal: journal, Book: book}
		a := process(t, c)
		for j := range nodes {
			if j != i {
				a.do("steady", peers[j].Name, workers)
			}
		}
		return a
	}
	var agents [nodes]*agent
	for i := range agents {
		agents[i] = begin(i)
	}
	var sum Restarts
	end := func(a *agent, how string) {
		a.do(how)
		var r Restarts
		a.ask(&r, "restarts")
		sum.Calls += r.Calls
		sum.Slowest = max(sum.Slowest, r.Slowest)
		for _, text := range r.Failed {
			t.Errorf("a call failed: %s", text)
		}
		a.finish()
	}
	began, away := time.Now(), time.Duration(0) // the longest time from the word to leave to the next process
	for range *roundsFlag {
		for i := range agents {
			left := time.Now()
			end(agents[i], "leave")
			agents[i] = begin(i)
			away = max(away, time.Since(left))
		}
	}
	took := time.Since(began)
	for _, a := range agents {
		a.do("rest")
	}
	for _, a := range agents {
		end(a, "rest")
	}
	ledger := NewLedger()
	if err := ledger.Replay(journal); err != nil {
		t.Fatal(err)
	}
	tally := sound(t, ledger)
	if tally.MayHaveRun > 0 || tally.Rejected > 0 || tally.Ran > 0 {
		t.Errorf("calls are in doubt, or failed: %v", tally)
	}
	t.Logf("%d restarts in %v, of up to %v each: %d calls and streams, %.0f a second, the slowest took %v", nodes**roundsFlag,
		took.Round(time.Millisecond), away.Round(time.Millisecond), sum.Calls, float64(sum.Calls)/took.Seconds(), sum.Slowest.Round(time.Millisecond))
	if sum.Slowest > patience {
		t.Errorf("a call took %v", sum.Slowest)
	}
}

// freeAddress is one where a process may listen, again and again.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", restartable)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
