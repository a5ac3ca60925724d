package browser

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// command is the dashboard, built and run as a user runs it.
type command struct {
	cmd  *exec.Cmd
	page string // its address, as it is printed

	mu  sync.Mutex
	log []string
}

func build(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dashboard")
	c := exec.Command("go", "build", "-o", file, "github.com/gridrpc/gridc/examples/dashboard")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return file
}

func run(t *testing.T, file string, args ...string) *command {
	t.Helper()
	c := &command{cmd: exec.Command(file, args...)}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	logs, err := c.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.stop)
	go func() {
		for s := bufio.NewScanner(logs); s.Scan(); {
			c.mu.Lock()
			c.log = append(c.log, s.Text())
			c.mu.Unlock()
		}
	}()
	for s := bufio.NewScanner(out); s.Scan(); {
		if page, ok := strings.CutPrefix(s.Text(), "open "); ok {
			c.page = page
			break
		}
	}
	if c.page == "" {
		t.Fatalf("the command prints no address: %q", c.log)
	}
	return c
}

// stop ends the command as Ctrl-C does.
func (c *command) stop() {
	_ = c.cmd.Process.Signal(os.Interrupt)
	_ = c.cmd.Wait()
}

// said waits for a line of the log with these words.
func (c *command) said(t *testing.T, words ...string) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		c.mu.Lock()
		for _, line := range c.log {
			all := true
			for _, w := range words {
				all = all && strings.Contains(line, w)
			}
			if all {
				c.mu.Unlock()
				return
			}
		}
		c.mu.Unlock()
	}
	t.Errorf("the log does not say %q: %q", words, c.log)
}

// freePorts finds two ports that follow each other.
func freePorts(t *testing.T) int {
	t.Helper()
	for range 50 {
		a, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := a.Addr().(*net.TCPAddr).Port
		b, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port+1))
		a.Close()
		if err == nil {
			b.Close()
			return port
		}
	}
	t.Fatal("no two ports follow each other")
	return 0
}

const card = `[...document.querySelectorAll("#alpha .disk")].find((d) => d.textContent.includes("disk2"))`

// The dashboard as its user sees it: six disks live, one pulled out and put back, the node's
// call shown, the node gone and back, and a token that is not good.
func TestDashboard(t *testing.T) {
	ctx := open(t)
	file, data, port := build(t), t.TempDir(), freePorts(t)
	args := []string{"-port", fmt.Sprint(port), "-data", data, "-token", "secret"}
	c := run(t, file, args...)
	navigate(t, ctx, c.page)
	await(t, ctx, "six disks are online", `document.querySelectorAll(".disk:not(.offline)").length === 6`)
	writes := `parseInt(` + card + `.querySelector(".figures").lastChild.textContent)`
	await(t, ctx, "it is live", `(window.before ??= `+writes+`) < `+writes)
	shot(t, ctx, "dashboard")

	click := card + `.querySelector("button").click() ?? true`
	await(t, ctx, "a disk is pulled out", click)
	await(t, ctx, "it is offline", card+`.className === "disk offline"`)
	await(t, ctx, "the node has called the page", `document.getElementById("notices").textContent.includes("alpha: disk2 is offline")`)
	c.said(t, "a page has shown it", "node=alpha", "disk=disk2", ".operator", "notices=1")
	if _, err := os.Stat(filepath.Join(data, "alpha", "disk2")); err == nil {
		t.Error("the folder of a disk that was pulled out is still there")
	}
	// A disk of the other node goes by itself.
	if err := os.Rename(filepath.Join(data, "beta", "disk1"), filepath.Join(data, "beta", "gone")); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, "the other node has called the page", `document.getElementById("notices").textContent.includes("beta: disk1 is offline")`)
	shot(t, ctx, "dashboard-offline")
	await(t, ctx, "the disk is put back", card+`.querySelector("button").textContent === "Put it back" && (`+click+`)`)
	await(t, ctx, "it is online", card+`.className === "disk"`)

	c.stop()
	await(t, ctx, "the page says that the nodes are gone", `document.querySelectorAll(".stale").length === 2`)
	shot(t, ctx, "dashboard-gone")
	run(t, file, args...)
	await(t, ctx, "the page is live again", `document.querySelectorAll(".stale").length === 0 && document.querySelectorAll("#alpha .disk:not(.offline)").length === 3`)
	await(t, ctx, "and streams", `(window.again ??= `+writes+`) !== `+writes)

	tab, closeTab := chromedp.NewContext(ctx)
	defer closeTab()
	navigate(t, tab, strings.Replace(c.page, "secret", "guessed", 1))
	await(t, tab, "the page shows why it is refused", `document.body.textContent.includes("this is not the token that the command printed")`)
	shot(t, tab, "dashboard-refused")
}
