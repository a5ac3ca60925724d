//go:build unix

package faults

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"

	grid "github.com/gridrpc/gridc/runtime"
)

// AgentConfig says what a node in a process of its own is.
type AgentConfig struct {
	Name    string
	Listen  string
	Peers   []grid.Peer
	Limits  grid.Limits
	Journal string // the file that takes down what it sees
	Book    uint64 // of the ids of its own calls
	Guests  bool   // nodes that are not among its peers are let in
	Files   uint64 // the most file descriptors that the process may have; 0 leaves them
}

// Agent is a node in a process of its own, told what to do line by line.
type Agent struct {
	config  AgentConfig
	node    *Node
	journal *Journal
	load    *Load
	gate    *gatekeeper
	log     *countingLog

	files []*os.File // held to have none left
	stop  chan struct{}
	work  sync.WaitGroup
}

// RunAgent is all of such a process: it does what the lines of in say and answers
// each by a line, JSON or an error, until in ends. The first line that it writes is
// its address.
func RunAgent(c AgentConfig, in io.Reader, out io.Writer) error {
	if c.Files > 0 {
		if err := limitFiles(c.Files); err != nil {
			return err
		}
	}
	a, err := startAgent(c)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, a.node.Address())
	for lines := bufio.NewScanner(in); lines.Scan(); {
		words := strings.Fields(lines.Text())
		fmt.Fprintln(out, a.obey(words[0], words[1:]))
	}
	a.rest()
	return errors.Join(a.node.Stop(), a.journal.Close())
}

// limitFiles allows this process n file descriptors, for good.
func limitFiles(n uint64) error {
	var limit syscall.Rlimit
	setTo(&limit.Cur, n)
	setTo(&limit.Max, n)
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
}

// setTo sets a number of the system's, whose type FreeBSD and DragonFly have signed.
func setTo[T int64 | uint64](to *T, n uint64) { *to = T(n) }

func startAgent(c AgentConfig) (*Agent, error) {
	journal, err := OpenJournal(c.Journal)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, err
	}
	log := &countingLog{Handler: slog.NewTextHandler(os.Stderr, nil)}
	a := &Agent{config: c, journal: journal, load: NewLoad(journal, c.Book), gate: &gatekeeper{Listener: listener}, log: log}
	o := grid.Options{Name: c.Name, Peers: c.Peers, Limits: c.Limits, Logger: slog.New(log)}
	if c.Guests {
		o.Accept = func(string) bool { return true }
	}
	a.node, err = StartNode(o, a.gate, journal)
	return a, err
}

// obey does what one line says.
func (a *Agent) obey(what string, args []string) string {
	switch what {
	case "open": // the gate, so that handlers answer that wait for it
		a.node.Open()
	case "load": // load PEER WORKERS
		return a.begin(a.load.Work, args[0], args[1])
	case "rest":
		a.rest()
	case "steady": // steady PEER WORKERS
		return a.begin(a.load.Steady, args[0], args[1])
	case "leave": // in good order, while it works
		return a.leave()
	case "restarts":
		return encode(a.load.restarts())
	case "state": // state PEER
		return encode(a.state(args[0]))
	case "usage":
		return encode(a.usage())
	case "exhaust":
		return a.exhaust()
	case "free":
		a.free()
	default:
		return "unknown: " + what
	}
	return done
}

// done is the answer of an agent that has nothing to tell.
const done = "done"

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// begin starts workers that call a peer until there is rest.
func (a *Agent) begin(work func(<-chan struct{}, *grid.Connection, *rand.Rand), peer, workers string) string {
	n, err := strconv.Atoi(workers)
	c := a.node.Connection(peer)
	if err != nil || c == nil {
		return "there is no such peer, or number: " + peer + ", " + workers
	}
	if a.stop == nil {
		a.stop = make(chan struct{})
	}
	stop := a.stop
	for i := range n {
		rng := rand.New(rand.NewPCG(a.config.Book, uint64(i)))
		a.work.Go(func() { work(stop, c, rng) })
	}
	return done
}

// leave shuts the node down while it calls and is called.
func (a *Agent) leave() string {
	a.load.leaving.Store(true)
	if err := a.node.Stop(); err != nil {
		return err.Error()
	}
	a.work.Wait()
	return done
}

// rest waits until no call is under way.
func (a *Agent) rest() {
	if a.stop != nil {
		close(a.stop)
		a.stop = nil
	}
	a.work.Wait()
}

// exhaust opens files until there are no descriptors left.
func (a *Agent) exhaust() string {
	for {
		f, err := os.Open(os.DevNull)
		if errors.Is(err, syscall.EMFILE) {
			return done
		}
		if err != nil {
			return err.Error()
		}
		a.files = append(a.files, f)
	}
}

// free gives back what exhaust took.
func (a *Agent) free() {
	for _, f := range a.files {
		_ = f.Close() // it was never written to
	}
	a.files = nil
}
