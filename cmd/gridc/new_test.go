package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gridrpc/gridc/idl"
)

// source is the root of this repository.
func source(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// A new folder is a module that works at once, with nothing downloaded: it
// vets, its test passes, its stubs are what `go tool gridc` makes, and its
// client tells the ways to fail apart.
func TestNewWorks(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "hello world")
	var stdout, stderr bytes.Buffer
	env := &environment{stdout: &stdout, stderr: &stderr, getenv: os.Getenv, format: "auto"}
	if status := run([]string{"new", "--replace", source(t), "--module", "example.com/hello", dir}, env); status != statusOK {
		t.Fatalf("status %d\n%s", status, &stderr)
	}
	outcomes, err := os.ReadFile("testdata/outcomes_test.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "outcomes_test.go"), outcomes, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"vet", "./..."},
		{"test", "./..."},
		{"tool", "gridc", "gen", "--check", "."},
		{"generate", "./..."},
		{"tool", "gridc", "gen", "--check", "."},
	} {
		goOffline(t, dir, args...)
	}
	if !strings.Contains(stdout.String(), "cd '"+dir+"'\n") {
		t.Errorf("what to do next does not say how to get there:\n%s", &stdout)
	}
	t.Run("tidy", func(t *testing.T) { checkTidy(t, dir) })
	program := filepath.Join(t.TempDir(), "node")
	goOffline(t, dir, "build", "-o", program, ".")
	t.Run("ends when it is told to", func(t *testing.T) { checkTermination(t, program) })
	t.Run("without flags", func(t *testing.T) {
		out, err := exec.Command(program).CombinedOutput()
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != statusUsage {
			t.Errorf("ended with %v, want status 2", err)
		}
		if !strings.HasPrefix(string(out), "Start two nodes") || !strings.Contains(string(out), "\n  -peer string\n") {
			t.Errorf("it does not say how it is started:\n%s", out)
		}
	})
}

// checkTidy checks that `go mod tidy` has nothing to change. It may look up modules
// of tests that nothing here needs.
func checkTidy(t *testing.T, dir string) {
	if err := os.Remove(filepath.Join(dir, "outcomes_test.go")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "mod", "tidy", "-diff")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	switch {
	case len(out) > 0:
		t.Errorf("go mod tidy would change:\n%s", out)
	case err != nil:
		t.Skipf("modules cannot be looked up: %s", &stderr)
	}
}

// checkTermination checks that a node that serves ends well when a supervisor asks
// it to.
func checkTermination(t *testing.T, program string) {
	if runtime.GOOS == "windows" {
		t.Skip("processes cannot be asked there")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "-name", "a", "-listen", "127.0.0.1:0", "-peer", "b=127.0.0.1:1")
	cmd.Env = append(os.Environ(), "LOCK_KEY="+starterKey)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "a serves locks on 127.0.0.1:") {
		t.Errorf("it says %q, %v", line, err)
	}
	checkCallOfStarter(t, strings.TrimSpace(strings.TrimPrefix(line, "a serves locks on ")))
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("ended with %v:\n%s", err, &stderr)
	}
}

const starterKey = "a text of 16 bytes or more"

// checkCallOfStarter calls the starter as it says that it can be called.
func checkCallOfStarter(t *testing.T, address string) {
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte(starterKey), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--list"}, "1  rpc  helloworld.Lock.Acquire\n2  rpc  helloworld.Lock.Release\n"},
		{[]string{"helloworld.Lock.Acquire", "-d", `{"name": "disk2", "lease": "1m"}`}, ""},
	} {
		var stdout, stderr bytes.Buffer
		env := &environment{stdout: &stdout, stderr: &stderr, getenv: os.Getenv, format: "auto"}
		status := run(append([]string{"call", "a@" + address, "--key-file", key}, c.args...), env)
		if status != statusOK || stdout.String() != c.want || stderr.Len() > 0 {
			t.Errorf("gridc call %q: status %d, %s%s", c.args, status, &stdout, &stderr)
		}
	}
}

// A package is called after its folder, as far as Go and the starter's own code
// let it.
func TestPackageFor(t *testing.T) {
	for folder, want := range map[string]string{
		"svc": "svc", "Disk-Keeper": "diskkeeper", "2nd_svc": "ndsvc", "42": "lock", "größe": "gre", "lock": "lock",
		"func": "funcsvc", "string": "stringsvc", "internal": "internalsvc", "con": "consvc",
		"time": "timesvc", "client": "clientsvc", "locks": "lockssvc", "grid": "gridsvc",
	} {
		if got := packageFor(folder); got != want {
			t.Errorf("packageFor(%q) = %q, want %q", folder, got, want)
		}
	}
}

// Ids are taken by handlers and by what is reserved; two in a row are wanted.
func TestTwoIDs(t *testing.T) {
	for _, tc := range []struct {
		used [][2]int64
		want int
	}{
		{nil, 1},
		{[][2]int64{{1, 2}}, 100},
		{[][2]int64{{1, 99}, {250, 250}}, 300},
		{[][2]int64{{1, 2}, {4, 4}, {60000, 70000}}, 5},
		{[][2]int64{{-3, 1 << 40}}, 0},
	} {
		var ids taken
		var reserved idl.Reserved
		for _, r := range tc.used {
			from, to := &idl.Lit{Kind: idl.LitInt, Int: r[0]}, &idl.Lit{Kind: idl.LitInt, Int: r[1]}
			reserved.Items = append(reserved.Items, &idl.ReservedItem{From: from, To: to})
		}
		file := idl.File{Decls: []idl.Decl{&idl.Service{Reserved: []*idl.Reserved{&reserved}}}}
		file.MarkHandlerIDs(ids.ids[:], nil)
		if got := ids.twoIDs(); got != tc.want {
			t.Errorf("%v: got %d, want %d", tc.used, got, tc.want)
		}
	}
}

// goOffline runs the go command where it can download nothing; it must succeed.
func goOffline(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOPROXY=off", "GOFLAGS=-mod=readonly")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// What the starter's go.mod requires is what this module does, but for what tests
// need.
func TestRequirements(t *testing.T) {
	direct, indirect := requirements("module m\n\nrequire (\n\tc.com/d v0.1.0\n\tgithub.com/tinylib/msgp v1.6.5\n\tgo.uber.org/goleak v1.3.0\n\ta.com/b v1.2.3 // indirect\n)\n")
	if direct != "\tgithub.com/tinylib/msgp v1.6.5\n" || indirect != "\ta.com/b v1.2.3 // indirect\n\tc.com/d v0.1.0 // indirect\n" {
		t.Errorf("got %q and %q", direct, indirect)
	}
}

// A released version needs no source: it is required by its number.
func TestNewOfRelease(t *testing.T) {
	for path, quoted := range map[string]string{"/a/b": "/a/b", "/a b": `"/a b"`} {
		if got := modQuoted(path); got != quoted {
			t.Errorf("modQuoted(%q) = %s", path, got)
		}
	}
	mod := starterMod{text: "x", tidy: true}
	if !strings.Contains(mod.next("dir", "p"), "go mod tidy") || strings.Contains(starterMod{}.next("dir", "p"), "go mod tidy") {
		t.Error("`go mod tidy` is for released versions, and for nothing else")
	}
}
