//go:build unix

package faults

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// beAnAgent makes this test binary a node in a process of its own: the variable
// holds its AgentConfig.
const beAnAgent = "GRID_FAULTS_AGENT"

func TestMain(m *testing.M) {
	text := os.Getenv(beAnAgent)
	if text == "" {
		waitTogether()
		goleak.VerifyTestMain(m)
		return
	}
	var c AgentConfig
	err := json.Unmarshal([]byte(text), &c)
	if err == nil {
		err = RunAgent(c, os.Stdin, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// waitTogether lets more tests run side by side than there are processors: they
// wait, most of the time.
func waitTogether() {
	const parallel = "test.parallel"
	chosen := false
	flag.Parse()
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == parallel })
	if !chosen {
		_ = flag.Set(parallel, "24") // it is slower without
	}
}

// restartable is where an agent listens that may have to listen there again. No
// socket that dials takes its port meanwhile, because they have 127.0.0.1, where
// all of 127/8 is this host.
var restartable = map[bool]string{true: "127.0.0.2:0", false: "127.0.0.1:0"}[runtime.GOOS == "linux"]

// agent is an Agent in a process of its own, seen from the test.
type agent struct {
	t       *testing.T
	address string
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	lines   chan string // what it prints; closed when the process is gone
	status  error       // valid once lines is closed
}

// process starts an agent. Its command is this binary behind wrap, such as
// "ip netns exec".
func process(t *testing.T, c AgentConfig, wrap ...string) *agent {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	words := append(wrap, program)
	a := &agent{t: t, cmd: exec.Command(words[0], words[1:]...), lines: make(chan string, 16)}
	a.cmd.Env = append(os.Environ(), beAnAgent+"="+string(text))
	a.cmd.Stderr = t.Output()
	a.cmd.WaitDelay = time.Second
	stdout, err := a.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if a.stdin, err = a.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(a.lines)
		for s := bufio.NewScanner(stdout); s.Scan(); {
			a.lines <- s.Text()
		}
		a.status = a.cmd.Wait()
	}()
	t.Cleanup(a.kill)
	a.address = a.line()
	return a
}

// kill ends the process with SIGKILL, unless it is gone, and waits for that.
func (a *agent) kill() {
	_ = a.cmd.Process.Kill()
	for range a.lines {
	}
}

// line returns the next line that the agent prints.
func (a *agent) line() string {
	a.t.Helper()
	select {
	case text, ok := <-a.lines:
		if !ok {
			a.t.Fatalf("an agent ended: %v", a.status)
		}
		return text
	case <-time.After(patience):
		_ = a.cmd.Process.Signal(syscall.SIGQUIT) // its goroutines say why
		for range a.lines {
		}
		a.t.Fatal("an agent does not answer")
		return ""
	}
}

// tell sends a line without waiting for the answer.
func (a *agent) tell(words ...string) {
	a.t.Helper()
	if _, err := io.WriteString(a.stdin, strings.Join(words, " ")+"\n"); err != nil {
		a.t.Fatal(err)
	}
}

// do has the agent do something that has no answer but that it is done.
func (a *agent) do(words ...string) {
	a.t.Helper()
	a.tell(words...)
	if got := a.line(); got != done {
		a.t.Fatalf("%q: the agent says %q", words, got)
	}
}

// ask has the agent answer into v.
func (a *agent) ask(v any, words ...string) {
	a.t.Helper()
	a.tell(words...)
	if text := a.line(); json.Unmarshal([]byte(text), v) != nil {
		a.t.Fatalf("%q: the agent says %q", words, text)
	}
}

// finish lets the process go, and expects it to end well.
func (a *agent) finish() {
	a.t.Helper()
	if err := a.stdin.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		a.t.Error(err)
	}
	for range a.lines {
	}
	if a.status != nil {
		a.t.Errorf("an agent ended with: %v", a.status)
	}
}
