package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestCallScripts calls nodes as users do.
func TestCallScripts(t *testing.T) { testNodeScripts(t, "testdata/call") }

// testNodeScripts runs scripts that have nodes. Besides `status` they have
//
//	storage NAME ARGS…   runs the storage example with the arguments; $NAME is its address
//	node NAME PROOF      runs a node that has much to go wrong; $NAME likewise. PROOF is what
//	                     it asks for: insecure, key, token or tls
//	await PATTERN PROG ARGS…  runs a program until it ends well and its output matches
//
// A key and certificates are in the files that callers need.
func testNodeScripts(t *testing.T, dir string) {
	t.Helper()
	storage := buildStorage(t, ".")
	authority := newAuthority(t)
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": wantStatus,
			"await":  await,
			"storage": func(ts *testscript.TestScript, _ bool, args []string) {
				address, stop := startStorage(ts.Check, storage, ts.MkAbs("."), args[1:])
				ts.Defer(stop)
				ts.Setenv(args[0], address)
			},
			"node": func(ts *testscript.TestScript, _ bool, args []string) {
				address, stop := startNode(ts.Check, args[0], args[1], authority)
				ts.Defer(stop)
				ts.Setenv(args[0], address)
			},
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("SOURCE", source(t))
			env.Setenv(cacheVariable, filepath.Join(env.WorkDir, ".cache"))
			env.Setenv("HOSTILE", hostileName)
			return authority.writeFiles(env.WorkDir)
		},
	})
}

// await does `await PATTERN PROG ARGS…`.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: await PATTERN PROG ARGS…")
	}
	pattern := regexp.MustCompile("(?m)" + args[0])
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		err := ts.Exec(args[1], args[2:]...)
		switch said := ts.ReadFile("stdout"); {
		case err == nil && pattern.MatchString(said):
			return
		case time.Now().After(end):
			ts.Fatalf("not within %v: %s, but %v and\n%s", patience, args[0], err, said)
		}
	}
}

// buildStorage builds the storage example, in a folder of this module.
func buildStorage(t *testing.T, dir string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "storage")
	build := exec.Command("go", "build", "-o", program, "github.com/gridrpc/gridc/examples/storage")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// startStorage runs the storage example in a folder, and returns where it listens.
func startStorage(check func(error), program, dir string, args []string) (address string, stop func()) {
	cmd := exec.Command(program, append([]string{"-attached", "-listen", "127.0.0.1:0"}, args...)...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	if !testing.Verbose() {
		cmd.Stderr = nil
	}
	return startListening(check, cmd)
}

// startListening starts a node of the storage example, and returns where it listens.
func startListening(check func(error), cmd *exec.Cmd) (address string, stop func()) {
	stdin, err := cmd.StdinPipe() // it ends with it
	check(err)
	stdout, err := cmd.StdoutPipe()
	check(err)
	check(cmd.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	check(err)
	return strings.TrimPrefix(strings.TrimSpace(line), "listening on "), func() {
		_ = stdin.Close()
		_ = cmd.Wait() // how it ends is no matter here
	}
}

// A stream that is fed from a pipe goes on as a conversation: each message is sent when
// it is there, and each answer printed when it has come.
func TestCallConverses(t *testing.T) {
	address, stop := startNode(func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}, "a", "insecure", nil)
	defer stop()
	stdin, say := io.Pipe()
	hear, stdout := io.Pipe()
	var stderr strings.Builder
	env := &environment{stdin: stdin, stdout: stdout, stderr: &stderr, getenv: func(string) string { return "" }}
	ended := make(chan int)
	go func() {
		status := run([]string{"call", "a@" + address, "--insecure", "--subroute", "disk1", "storage.Storage.Replicate", "-d", "@-"}, env)
		_ = stdout.Close()
		_ = stdin.Close() // who writes on does not wait
		ended <- status
	}()
	answers := bufio.NewScanner(hear)
	for n := 1; n <= 3; n++ {
		fmt.Fprintln(say, `{"delete":{"path":"x"}}`)
		if !answers.Scan() || answers.Text() != fmt.Sprintf(`{"seq":"%d"}`, n) {
			t.Errorf("answer %d: %q", n, answers.Text())
		}
	}
	_ = say.Close()
	if more := answers.Scan(); more {
		t.Errorf("after the end: %q", answers.Text())
	}
	if status := <-ended; status != statusOK || stderr.Len() > 0 {
		t.Errorf("exit status %d, %s", status, &stderr)
	}
}
