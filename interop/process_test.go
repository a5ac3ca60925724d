package interop_test

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// process is a stranger in a process of its own, which says what it has done
// line by line.
type process struct {
	command *exec.Cmd
	stdout  *bufio.Scanner
	stdin   io.Closer
	stderr  bytes.Buffer
	ended   bool
}

// startProcess runs a stranger called name, which looks for a node called target
// at an address. It is killed when the test's patience ends.
func startProcess(t *testing.T, program, script, mode, name, target, address string) *process {
	t.Helper()
	p := &process{command: exec.CommandContext(limited(t), program, script, mode)}
	p.command.Env = append(os.Environ(), "GRID_NAME="+name, "GRID_TARGET="+target, "GRID_KEY="+key, "GRID_ADDRESS="+address)
	p.command.Stderr = &p.stderr
	p.command.WaitDelay = time.Second
	stdin, err := p.command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := p.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdin, p.stdout = stdin, bufio.NewScanner(stdout)
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !p.ended {
			_ = p.command.Process.Kill()
			_ = p.command.Wait()
		}
	})
	return p
}

// line returns the next line that the stranger prints.
func (p *process) line(t *testing.T) string {
	t.Helper()
	if !p.stdout.Scan() {
		p.ended = true
		t.Fatalf("the stranger ended early: %v\n%s", p.command.Wait(), p.stderr.String())
	}
	return p.stdout.Text()
}

// expect reads these lines, and no others between them.
func (p *process) expect(t *testing.T, lines ...string) {
	t.Helper()
	for _, want := range lines {
		if got := p.line(t); got != want {
			t.Fatalf("the stranger said %q instead of %q", got, want)
		}
	}
}

// after returns what follows prefix on the next line.
func (p *process) after(t *testing.T, prefix string) string {
	t.Helper()
	line := p.line(t)
	rest, ok := strings.CutPrefix(line, prefix)
	if !ok {
		t.Fatalf("the stranger said %q instead of %q…", line, prefix)
	}
	return rest
}

// finish lets the stranger go, and expects it to end well.
func (p *process) finish(t *testing.T) {
	t.Helper()
	_ = p.stdin.Close()
	p.ended = true
	if err := p.command.Wait(); err != nil {
		t.Errorf("the stranger ended with %v\n%s", err, p.stderr.String())
	}
}
