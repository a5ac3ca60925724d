//go:build unix

package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// process is a server of a test, and all that it says.
type process struct {
	*child
	said bytes.Buffer // guarded by log
	log  lines
}

// startProcess starts a server and ends it with the test.
func startProcess(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{}
	p.log.w = &p.said
	ch, err := startChild(soon(t), command(t, args...), &p.log)
	if err != nil {
		t.Fatal(err, p.text())
	}
	p.child = ch
	t.Cleanup(ch.kill)
	return p
}

func (p *process) text() string {
	p.log.mu.Lock()
	defer p.log.mu.Unlock()
	return p.said.String()
}

// waitFor waits until the process has said all of something.
func (p *process) waitFor(t *testing.T, parts ...string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		text, missing := p.text(), ""
		for _, part := range parts {
			if !strings.Contains(text, part) {
				missing = part
			}
		}
		switch {
		case missing == "":
			return
		case time.Now().After(deadline):
			t.Fatalf("did not say %q:\n%s", missing, text)
		}
	}
}

func keyFile(t *testing.T, key string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(name, []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// Three servers, each started by hand, find each other and their disks.
func TestThreeProcesses(t *testing.T) {
	key := keyFile(t, "a key that all servers have")
	names := []string{"a", "b", "c"}
	addresses := freeAddresses(t, len(names))
	servers := make([]*process, len(names))
	for i, name := range names {
		var peers []string
		for j := range names {
			if j != i {
				peers = append(peers, names[j]+"="+addresses[j])
			}
		}
		servers[i] = startProcess(t, "-node", name, "-listen", addresses[i], "-data", t.TempDir(), "-key-file", key, "-peers", strings.Join(peers, ","))
	}
	for i, p := range servers {
		for j, name := range names {
			if j != i {
				p.waitFor(t, name+": connected", name+"/disk1: online", name+"/disk2: online")
			}
		}
	}
	for i, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt, syscall.SIGTERM} {
		if err := servers[i].cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		<-servers[i].exited
		if err := servers[i].status; err != nil {
			t.Errorf("%s after %v: %v\n%s", names[i], signal, err, servers[i].text())
		}
	}
}

// freeAddresses returns loopback addresses that nobody listens on.
func freeAddresses(t *testing.T, n int) (addresses []string) {
	t.Helper()
	for range n {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close() // at the end of the function: so all differ
		addresses = append(addresses, ln.Addr().String())
	}
	return addresses
}

// Whoever has another key is refused. Both sides log why, and the one that dials,
// which the names decide, keeps it as the state of its connection.
func TestWrongKey(t *testing.T) {
	addresses := freeAddresses(t, 2)
	a := startProcess(t, "-node", "a", "-listen", addresses[0], "-peers", "b="+addresses[1], "-data", t.TempDir(), "-key-file", keyFile(t, "the key of the cluster"))
	b := startProcess(t, "-node", "b", "-listen", addresses[1], "-peers", "a="+addresses[0], "-data", t.TempDir(), "-key-file", keyFile(t, "another key than that"))
	a.waitFor(t, `reason="authentication failed: wrong key`)
	b.waitFor(t, "a: refused", `reason="authentication failed: wrong key`)
}

// A server with a parent ends in good order when the parent is gone.
func TestAttached(t *testing.T) {
	p := startProcess(t, "-node", "a", "-data", t.TempDir(), "-key-file", keyFile(t, "a key that is long enough"), "-attached")
	if err := p.end(soon(t)); err != nil {
		t.Error(err)
	}
}

func TestExitStatus(t *testing.T) {
	key := keyFile(t, "a key that is long enough")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := keyFile(t, "a file where a folder should be")
	for _, tt := range []struct {
		name   string
		args   []string
		status int
		says   string
	}{
		{"help", []string{"-help"}, exitOK, "usage: storage"},
		{"unknown flag", []string{"-nod", "a"}, exitUsage, "usage: storage"},
		{"argument", []string{"a"}, exitUsage, `unexpected argument "a"`},
		{"flags without a name", []string{"-data", "x"}, exitUsage, "see -node"},
		{"no folder", []string{"-node", "a", "-key-file", key}, exitUsage, "needs -data"},
		{"no key", []string{"-node", "a", "-data", "x"}, exitUsage, "needs -key-file"},
		{"peer without address", []string{"-node", "a", "-peers", "b"}, exitUsage, `"b" is not name=host:port`},
		{"peers twice", []string{"-node", "a", "-peers", "b=localhost:1", "-kubernetes", "storage", "-data", "x", "-key-file", key}, exitUsage, "both name the other servers"},
		{"peer without port", []string{"-node", "a", "-peers", "b=localhost"}, exitUsage, "missing port"},
		{"key not there", []string{"-node", "a", "-data", t.TempDir(), "-key-file", key + "x"}, exitFail, "no such file"},
		{"key too short", []string{"-node", "a", "-data", t.TempDir(), "-key-file", keyFile(t, "short")}, exitFail, "shared key"},
		{"peer twice", []string{"-node", "a", "-data", t.TempDir(), "-key-file", key, "-peers", "b=h:1,b=h:2"}, exitFail, "there twice"},
		{"address taken", []string{"-node", "a", "-data", t.TempDir(), "-key-file", key, "-listen", taken.Addr().String()}, exitFail, "address already in use"},
		{"no folder can be made", []string{"-node", "a", "-data", file, "-key-file", key}, exitFail, "not a directory"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := command(t, tt.args...)
			var said bytes.Buffer
			cmd.Stdout, cmd.Stderr = io.Discard, &said
			err := cmd.Run()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			if status := cmd.ProcessState.ExitCode(); status != tt.status || !strings.Contains(said.String(), tt.says) {
				t.Errorf("status %d, want %d with %q:\n%s", status, tt.status, tt.says, said.String())
			}
		})
	}
}
