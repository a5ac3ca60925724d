package proc

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/gridrpc/gridc/bench/internal/load"
	"github.com/gridrpc/gridc/bench/internal/peer"
)

// What a measuring process may ask its server process, a line each. The end of
// its input ends the server.
const (
	askUsage     = "usage"
	askCollected = "collected usage"
)

// serve is the server process: it prints its address, and then its usage
// whenever it is asked.
func serve(name string) error {
	p, ok := peer.Find(name)
	if !ok {
		return fmt.Errorf("there is no peer %q", name)
	}
	server, stop, err := serveHere(p)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Println(server.Address)
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		usage, err := load.ReadUsage(in.Text() == askCollected)
		if err != nil {
			return err
		}
		if err := json.NewEncoder(os.Stdout).Encode(usage); err != nil {
			return err
		}
	}
	return nil
}

// serveThere starts a server process.
func serveThere(p peer.Peer) (load.Server, func(), error) {
	self, err := os.Executable()
	if err != nil {
		return load.Server{}, nil, err
	}
	cmd := exec.Command(self, serveRole, p.Name)
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
	c := &control{in: in, out: bufio.NewReader(out)}
	address, err := c.out.ReadString('\n')
	if err != nil {
		stop()
		return load.Server{}, nil, fmt.Errorf("the server did not start: %w", err)
	}
	return load.Server{Address: strings.TrimSpace(address), Usage: c.usage}, stop, nil
}

// control talks to a server process.
type control struct {
	in  io.Writer
	out *bufio.Reader
}

func (c *control) usage(collected bool) (usage load.Usage, err error) {
	ask := askUsage
	if collected {
		ask = askCollected
	}
	if _, err := fmt.Fprintln(c.in, ask); err != nil {
		return usage, err
	}
	line, err := c.out.ReadBytes('\n')
	return usage, errors.Join(err, json.Unmarshal(line, &usage))
}
