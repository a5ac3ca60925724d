package main

import (
	"context"
	"encoding/pem"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/debug"
)

// TestTopScripts looks at nodes as users do, without a terminal.
func TestTopScripts(t *testing.T) { testNodeScripts(t, "testdata/top") }

// terminal is a tmux with one window, in which a shell runs.
type terminal struct {
	*testing.T
	socket string
}

func newTerminal(t *testing.T, columns, rows string) *terminal {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("there is no tmux here")
	}
	dir, err := os.MkdirTemp("", "top") // the path of a socket has to be short
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t, filepath.Join(dir, "s")}
	t.Cleanup(func() {
		_ = exec.Command("tmux", "-S", term.socket, "kill-server").Run()
		_ = os.RemoveAll(dir)
	})
	term.do("new-session", "-d", "-x", columns, "-y", rows, "env PS1='> ' ENV= sh")
	return term
}

// do runs a command of tmux and returns what it says.
func (term *terminal) do(args ...string) string {
	term.Helper()
	cmd := exec.Command("tmux", append([]string{"-u", "-S", term.socket, "-f", os.DevNull}, args...)...)
	cmd.Env = append(os.Environ(), "TMUX=", "NO_COLOR=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		term.Fatalf("tmux %q: %v: %s", args, err, out)
	}
	return string(out)
}

// screen is what is to be seen.
func (term *terminal) screen() string { return term.do("capture-pane", "-p") }

// line types a line.
func (term *terminal) line(text string) {
	term.Helper()
	term.do("send-keys", "-l", text)
	term.do("send-keys", "Enter")
}

// await waits until the screen matches a pattern, and returns it.
func (term *terminal) await(pattern string) string {
	term.Helper()
	wanted := regexp.MustCompile("(?m)" + pattern)
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		seen := term.screen()
		if wanted.MatchString(seen) {
			return seen
		}
		if time.Now().After(end) {
			term.Fatalf("not within %v: %s, but\n%s", patience, pattern, seen)
		}
	}
}

// restored checks that the terminal is as it was: another screen, its cursor, its way
// with long lines and with keys.
func (term *terminal) restored() {
	term.Helper()
	term.await(`^(> |\^C)*status=0$`)
	if is := strings.TrimSpace(term.do("display-message", "-p", "#{alternate_on} #{cursor_flag} #{wrap_flag}")); is != "0 1 1" {
		term.Errorf("other screen, cursor, wrap: %s", is)
	}
	term.line("clear; stty -a")
	if seen := term.await(`\bicanon\b`); regexp.MustCompile(`-echo\b|-icanon\b`).MatchString(seen) {
		term.Errorf("keys are not shown:\n%s", seen)
	}
	term.line("clear")
}

// In a terminal the screen is drawn anew: it follows the nodes and its size, takes keys,
// and leaves all as it was.
func TestTopInATerminal(t *testing.T) {
	term := newTerminal(t, "110", "30")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	gridc := filepath.Join(dir, "gridc") // by this name the tests' program is the command
	if err := os.Symlink(program, gridc); err != nil {
		t.Skip("no links here:", err)
	}
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	check(os.WriteFile(filepath.Join(dir, "key"), []byte(testKey), 0o600))
	storage := buildStorage(t, ".")
	a, stopA := startStorage(check, storage, dir, []string{"-node", "a", "-data", "a", "-key-file", "key", "-peers", "b=127.0.0.1:1"})
	t.Cleanup(stopA)
	b, stopB := startStorage(check, storage, dir, []string{"-node", "b", "-data", "b", "-key-file", "key", "-peers", "a=" + a})
	t.Cleanup(stopB)

	term.line(gridc + " top " + a + " " + b + "; echo status=$?")
	term.await(`^a +b +127.0.0.1:\d+ +connected `)
	term.await(`\A gridc top  .* every 1s  sorted by calls`)
	if colours := term.do("capture-pane", "-p", "-e"); !strings.Contains(colours, "\x1b[32m") {
		t.Errorf("no colours: %q", colours)
	}
	for range 2 {
		if out, err := exec.Command(gridc, "call", "a@"+a, "--key-file", filepath.Join(dir, "key"), "storage.Storage.DiskInfo", "--subroute", "disk2").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	term.await(`^a +served  storage.Storage.DiskInfo / disk2 `)
	term.do("send-keys", "s")
	term.await(`sorted by errors`)

	term.do("resize-window", "-x", "60", "-y", "13")
	seen := term.await(`\A gridc top  .*…$`)
	if lines := strings.Split(strings.TrimRight(seen, "\n"), "\n"); len(lines) > 13 || !strings.Contains(seen, "NODES") {
		t.Errorf("%d lines:\n%s", len(lines), seen)
	}
	term.do("resize-window", "-x", "110", "-y", "30")
	term.await(`\A gridc top  .*q: quit`)

	term.do("send-keys", "C-z")
	term.await(`(?i)stopped|suspended`)
	term.line("fg; echo status=$?")
	term.await(`\A gridc top  .*q: quit`)

	stopB()
	term.await(`^b +no answer for .*connection refused; nobody listens there`)
	term.do("send-keys", "q")
	term.restored()

	term.line("NO_COLOR=1 " + gridc + " top " + a + "; echo status=$?")
	term.await(`\A gridc top  `)
	if colours := term.do("capture-pane", "-p", "-e"); strings.Contains(colours, "\x1b[3") {
		t.Errorf("colours, with NO_COLOR: %q", colours)
	}
	term.do("send-keys", "C-c")
	term.restored()

	term.line("TERM=dumb " + gridc + " top " + a + "; echo status=$?")
	term.await(`^--- \d\d:\d\d:\d\d\nNODES\n`)
	if on := strings.TrimSpace(term.do("display-message", "-p", "#{alternate_on}")); on != "0" {
		t.Errorf("a dumb terminal was told to show another screen: %s", on)
	}
	term.do("send-keys", "C-c")
	term.restored()
}

// A page may be after TLS with an authority of its own, and ask who looks.
func TestTopOfAPageThatAsks(t *testing.T) {
	m, err := grid.NewManager(grid.Options{Name: "guarded", Auth: grid.InsecureNoAuth(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Shutdown(context.Background())
	page := debug.Handler(m)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		page.ServeHTTP(w, r)
	}))
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		flags  []string
		status int
		says   string
	}{
		{[]string{"--tls-ca", ca, "--header", "Authorization: Bearer secret"}, 0, "\nguarded  ready  "},
		{[]string{"--tls-ca", ca}, 1, "401 Unauthorized: say who you are, with --header"},
		{nil, 1, "--tls-ca"},
	} {
		var out strings.Builder
		args := append([]string{"top", "--once", server.URL}, c.flags...)
		status := run(args, &environment{stdout: &out, stderr: &out, getenv: func(string) string { return "" }})
		if status != c.status || !strings.Contains(out.String(), c.says) || strings.Contains(out.String(), "secret") {
			t.Errorf("%q: status %d, %s", c.flags, status, &out)
		}
	}
}
