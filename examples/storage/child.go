package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	grid "github.com/gridrpc/gridc/runtime"
)

// child is a server that runs as a process of its own.
type child struct {
	address string

	cmd    *exec.Cmd
	stdin  io.Closer     // it ends when this is closed, so also when this process dies
	exited chan struct{} // closed when the process is gone
	status error         // valid once exited is closed
}

// startGamma starts this program again, as the server gamma.
func (c *cluster) startGamma(ctx context.Context, listen string, peers ...grid.Peer) (*child, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var list []string
	for _, p := range peers {
		list = append(list, p.Name+"="+p.Address)
	}
	cmd := exec.Command(program, "-node", "gamma", "-attached", "-listen", listen,
		"-peers", strings.Join(list, ","), "-data", c.folder("gamma"), "-key-file", c.keyFile())
	return startChild(ctx, cmd, c.log)
}

// startChild starts a server and waits until it listens. What it prints and logs
// goes to log.
func startChild(ctx context.Context, cmd *exec.Cmd, log io.Writer) (*child, error) {
	cmd.Stderr = log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ch := &child{cmd: cmd, stdin: stdin, exited: make(chan struct{})}
	address := make(chan string, 1)
	go func() {
		defer close(ch.exited)
		output := bufio.NewReader(stdout)
		first, _ := output.ReadString('\n') // what is wrong with it is seen below
		address <- strings.TrimSpace(first)
		_, _ = io.Copy(log, output) // until the process is gone
		ch.status = cmd.Wait()
	}()
	select {
	case line := <-address:
		if a, ok := strings.CutPrefix(line, listening); ok {
			ch.address = a
			return ch, nil
		}
		ch.kill()
		return nil, fmt.Errorf("the child process said %q and ended with: %w", line, errors.Join(ch.status, errNotListening))
	case <-ctx.Done():
		ch.kill()
		return nil, ctx.Err()
	}
}

var errNotListening = errors.New("it does not listen")

// kill ends the process without a warning, if it still runs, and waits for it.
func (ch *child) kill() {
	_ = ch.cmd.Process.Kill() // an error means that it is gone
	<-ch.exited
}

// end asks the process to end and returns how it did.
func (ch *child) end(ctx context.Context) error {
	ch.stdin.Close()
	select {
	case <-ch.exited:
		return ch.status
	case <-ctx.Done():
		return ctx.Err()
	}
}
