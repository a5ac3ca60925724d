package proc

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/gridrpc/gridc/bench/internal/load"
	"github.com/gridrpc/gridc/bench/internal/peer"
)

// What a measuring process may ask its server process, a line each. The end of
// its input ends the server.
const (
	askUsage     = "usage"
	askCollected = "collected usage"
)

// serve is the server process of a job: it prints where it is, and then its usage
// whenever it is asked.
func serve(text string, in io.Reader, out io.Writer) error {
	var job Job
	if err := json.Unmarshal([]byte(text), &job); err != nil {
		return err
	}
	p, ok := peer.Find(job.Peer)
	if !ok {
		return fmt.Errorf("there is no peer %q", job.Peer)
	}
	heap := load.NewHeap(job.Cell.Heap)
	defer heap.Keep()
	server, stop, err := serveHere(p, job.Cell)
	if err != nil {
		return err
	}
	defer stop()
	answers := json.NewEncoder(out)
	if err := answers.Encode(place{server.Address, server.Certificate}); err != nil {
		return err
	}
	for asked := bufio.NewScanner(in); asked.Scan(); {
		usage, err := load.ReadUsage(asked.Text() == askCollected)
		if err != nil {
			return err
		}
		if err := answers.Encode(usage); err != nil {
			return err
		}
	}
	return nil
}

// place is what a server process says first: where it is, and who.
type place struct {
	Address     string
	Certificate []byte
}

// serveThere starts a server process.
func serveThere(p peer.Peer, c load.Cell) (load.Server, func(), error) {
	self, err := os.Executable()
	if err != nil {
		return load.Server{}, nil, err
	}
	text, err := json.Marshal(Job{Peer: p.Name, Cell: c})
	if err != nil {
		return load.Server{}, nil, err
	}
	cmd := exec.Command(self, serveRole, string(text))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return load.Server{}, nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return load.Server{}, nil, err
	}
	if err := cmd.Start(); err != nil {
		return load.Server{}, nil, err
	}
	stop := func() {
		in.Close()
		_ = cmd.Wait() // how it ends does not matter any more
	}
	control := &control{in: in, out: json.NewDecoder(out)}
	var at place
	if err := control.out.Decode(&at); err != nil {
		stop()
		return load.Server{}, nil, fmt.Errorf("the server did not start: %w", err)
	}
	return load.Server{Address: at.Address, Certificate: at.Certificate, Usage: control.usage}, stop, nil
}

// control talks to a server process.
type control struct {
	in  io.Writer
	out *json.Decoder
}

func (c *control) usage(collected bool) (usage load.Usage, err error) {
	ask := askUsage
	if collected {
		ask = askCollected
	}
	if _, err := fmt.Fprintln(c.in, ask); err != nil {
		return usage, err
	}
	return usage, c.out.Decode(&usage)
}
