package browser

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/debug"
)

// subroute is as long as names of handlers are.
const subroute = "storage.Storage.ReadVersion"

// cluster is some nodes in this process, each with its page.
type cluster struct {
	peers    []grid.Peer
	managers []*grid.Manager
	servers  []*http.Server
}

// start starts n nodes. The first knows all, the others only the first.
func start(t *testing.T, n, handlers int) *cluster {
	t.Helper()
	c := &cluster{}
	var listeners []net.Listener
	for i := range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listeners = append(listeners, l)
		c.peers = append(c.peers, grid.Peer{Name: fmt.Sprintf("node%d", i+1), Address: l.Addr().String()})
	}
	for i, l := range listeners {
		peers := c.peers
		if i > 0 {
			peers = peers[:1]
		}
		m, err := grid.NewManager(grid.Options{
			Name: c.peers[i].Name, Peers: peers, Auth: grid.SharedKey([]byte("only for this test, 32 bytes....")),
			Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
			Register: func(m *grid.Manager) error {
				for id := range handlers {
					if err := m.RegisterSingleHandler(grid.HandlerID(id+1), answer, subroute); err != nil {
						return err
					}
				}
				return nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		mux := http.NewServeMux()
		mux.Handle(grid.DefaultPath, m.Handler())
		mux.Handle("/debug/grid/", debug.Handler(m))
		server := &http.Server{Handler: mux, WriteTimeout: 3 * time.Second} // which the page outlives
		go func() { _ = server.Serve(l) }()
		c.managers, c.servers = append(c.managers, m), append(c.servers, server)
	}
	t.Cleanup(func() {
		for i := range c.managers {
			c.kill(i)
		}
	})
	for _, p := range c.peers[1:] {
		if err := c.managers[0].Connection(p.Name).WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// answer sends a request back, and fails where there is none.
func answer(_ context.Context, payload []byte) ([]byte, error) {
	if len(payload) == 0 {
		return nil, &grid.Error{Code: "storage.file_not_found", Message: `volume "disk-of-some-length", path "a/folder/with/a/file/of/some/length"`}
	}
	return payload, nil
}

// kill ends a node at once.
func (c *cluster) kill(i int) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = c.servers[i].Close()
	_ = c.managers[i].Shutdown(ctx)
}

func (c *cluster) page() string { return "http://" + c.peers[0].Address + "/debug/grid/" }

// open returns a tab of a Chromium.
func open(t *testing.T) context.Context {
	t.Helper()
	found := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil && exec.Command(path, "--version").Run() == nil {
			found = path
		}
	}
	if found == "" {
		t.Skip("there is no Chromium here")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(found), chromedp.NoSandbox, chromedp.WindowSize(1500, 1300),
		chromedp.WSURLReadTimeout(2*time.Minute)) // a browser's first start may be slow where much else runs
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return ctx
}

// await looks at the page until a condition holds.
func await(t *testing.T, ctx context.Context, what, condition string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+condition+")"))
		switch {
		case err == nil && ok:
			return
		case time.Now().After(end):
			t.Fatalf("not within a minute: %s (%v)", what, err)
		}
	}
}

// picture saves what the page looks like, light and dark, where PICTURES names a folder.
func picture(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	folder := os.Getenv("PICTURES")
	if folder == "" {
		return
	}
	for _, scheme := range []string{"light", "dark"} {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		if err != nil {
			t.Fatal(err)
		}
		png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name+"-"+scheme+".png"), png, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func navigate(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	if _, err := chromedp.Run(ctx, chromedp.Navigate(url)); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, "the page is live", `document.getElementById("link").textContent === "live"`)
}

// fits checks that nothing is to be scrolled for sideways in a window of that width.
func fits(t *testing.T, ctx context.Context, width int64) {
	t.Helper()
	size := emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 1300, DeviceScaleFactor: 1}
	if _, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, size); err != nil {
		t.Fatal(err)
	}
	picture(t, ctx, fmt.Sprintf("wide%d", width))
	cut, err := chromedp.Run(ctx, chromedp.Evaluate[string](`[document.documentElement, ...document.querySelectorAll("section")].filter(e => e.scrollWidth > e.clientWidth).map(e => e.tagName + " " + e.textContent.trim().slice(0, 9) + " " + e.scrollWidth).join(", ")`))
	if err != nil || cut != "" {
		t.Errorf("with %d pixels, wider than there is room: %s (%v)", width, cut, err)
	}
}

const row = `[...document.querySelectorAll("#peers tbody tr")].find(r => r.textContent.includes("node3"))`

// The page is opened, and a peer is killed: its row changes by itself, and says so in
// words. Nothing on the page breaks its own policy.
func TestAPeerIsKilled(t *testing.T) {
	ctx := open(t)
	c := start(t, 3, 5)
	for id := range 5 {
		if _, err := c.managers[0].Connection("node2").Subroute(subroute).Request(t.Context(), grid.HandlerID(id+1), []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.managers[0].Connection("node2").Subroute(subroute).Request(t.Context(), 1, nil); err == nil {
		t.Fatal("no error")
	}
	navigate(t, ctx, c.page())
	await(t, ctx, "node3 is connected", row+`.textContent.includes("● connected")`)
	if title, err := chromedp.Run(ctx, chromedp.Title()); err != nil || !strings.HasPrefix(title, "node1") {
		t.Errorf("the title is %q, %v", title, err)
	}
	time.Sleep(4 * time.Second) // longer than the server's WriteTimeout
	picture(t, ctx, "three")
	c.kill(2)
	await(t, ctx, "node3 is gone", `!`+row+`.textContent.includes("● connected")`)
	await(t, ctx, "the page is live still", `document.getElementById("link").textContent === "live"`)
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](row+`.textContent`))
	if err != nil {
		t.Fatal(err)
	}
	picture(t, ctx, "killed")
	for _, width := range []int64{1500, 1280, 1000, 700} {
		fits(t, ctx, width)
	}
	if !strings.Contains(text, "connecting") && !strings.Contains(text, "waiting") {
		t.Errorf("the row says %q", text)
	}
}

// A hundred peers and two hundred handlers: the rows are all there, and can be filtered.
func TestAHundredPeers(t *testing.T) {
	ctx := open(t)
	c := start(t, 101, 100)
	for id := range 100 {
		if _, err := c.managers[0].Connection("node2").Subroute(subroute).Request(t.Context(), grid.HandlerID(id+1), []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	navigate(t, ctx, c.page())
	await(t, ctx, "all rows", `document.querySelectorAll("#peers tbody tr").length === 100 && document.querySelectorAll("#handlers tbody tr, #idle tbody tr").length === 200`)
	picture(t, ctx, "hundred")
	await(t, ctx, "a filter", `(() => { const f = document.getElementById("find"); f.value = "node77"; f.dispatchEvent(new Event("input")); return true })()`)
	await(t, ctx, "one peer is left", `[...document.querySelectorAll("#peers tbody tr")].filter(r => !r.hidden).length === 1`)
}
