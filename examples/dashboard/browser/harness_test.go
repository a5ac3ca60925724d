package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	grid "github.com/gridrpc/gridc/runtime"
)

// open returns a tab of a Chromium.
func open(t *testing.T, more ...chromedp.ExecAllocatorOption) context.Context {
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
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(found), chromedp.NoSandbox, chromedp.WindowSize(1100, 900),
		chromedp.WSURLReadTimeout(2*time.Minute)) // a browser's first start may be slow where much else runs
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(options, more...)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return ctx
}

const patience = 2 * time.Minute

// await looks at the page until a condition holds.
func await(t *testing.T, ctx context.Context, what, condition string) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+condition+")"))
		switch {
		case err == nil && ok:
			return
		case time.Now().After(end):
			text, _ := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText + '\\n' + (window.failure ?? '')"))
			t.Fatalf("not within %v: %s (%v); the page says: %s", patience, what, err, text)
		}
	}
}

func navigate(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	if _, err := chromedp.Run(ctx, chromedp.Navigate(url)); err != nil {
		t.Fatal(err)
	}
}

// script runs the body of an async function in the page, and returns what that returns, as a text.
func script(t *testing.T, ctx context.Context, body string) string {
	t.Helper()
	begin(t, ctx, body)
	return finish(t, ctx)
}

// begin runs a script without waiting for it.
func begin(t *testing.T, ctx context.Context, body string) {
	t.Helper()
	_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(() => {
		window.result = undefined; window.failure = undefined;
		(async () => { `+body+` })().then((v) => window.result = String(v ?? ''), (e) => window.failure = String(e?.stack ?? e));
		return true;
	})()`))
	if err != nil {
		t.Fatal(err)
	}
}

// finish waits for the script, and returns its result.
func finish(t *testing.T, ctx context.Context) string {
	t.Helper()
	await(t, ctx, "the script is over", "window.result !== undefined || window.failure !== undefined")
	failure, err := chromedp.Run(ctx, chromedp.Evaluate[string]("window.failure ?? ''"))
	if err != nil || failure != "" {
		t.Fatalf("the script failed: %s %v", failure, err)
	}
	result, err := chromedp.Run(ctx, chromedp.Evaluate[string]("window.result"))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// Handlers of the node.
const (
	idEcho    = 1 // answers with its payload
	idPipe    = 2 // a stream that sends back what it gets
	idSink    = 3 // a stream that takes messages once release is closed
	idSource  = 4 // a stream that sends for ever
	idWhoAmI  = 5 // answers with the caller's name
	idNotMine = 6 // not for guests
)

// place is a node with a page, which has the scripts of the dashboard and nothing else.
type place struct {
	*grid.Manager
	address string
	release chan struct{}
	sent    chan int // by idSource, each time
	server  *http.Server

	mu    sync.Mutex
	conns map[net.Conn]bool
}

func start(t *testing.T, change func(*grid.GuestOptions)) *place {
	t.Helper()
	p := &place{release: make(chan struct{}), sent: make(chan int, 1<<20), conns: make(map[net.Conn]bool)}
	m, err := grid.NewManager(grid.Options{
		Name: "node", Auth: grid.SharedKey([]byte("only for this test, 32 bytes....")),
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), Register: p.register,
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Manager = m
	o := grid.GuestOptions{Plain: true, Handlers: []string{"1", "2", "3", "4", "5"}, Check: func(_ *http.Request, token string) (string, error) {
		if token != "good" {
			return "", fmt.Errorf("the token %q is not good here", token)
		}
		return "user", nil
	}}
	if change != nil {
		change(&o)
	}
	guests, err := m.GuestHandler(o)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(grid.GuestPath, guests)
	mux.Handle("/gridc/", http.FileServer(http.Dir("../page")))
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, emptyPage)
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.address = l.Addr().String()
	p.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go p.server.Serve(cutListener{l, p})
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		p.server.Close()
		m.Shutdown(ctx)
	})
	return p
}

// emptyPage has what the scripts of the tests use as globals.
const emptyPage = `<!doctype html><title>empty</title><link rel="icon" href="data:,"><script type="importmap">{"imports": {"@gridc/runtime": "./gridc/runtime.js"}}</script>
<script type="module">
import * as grid from '@gridc/runtime';
window.grid = grid;
const bytes = (b) => b, own = (b) => b.slice();
window.echo = { id: 1, name: 'echo', encode: bytes, decode: own };
window.pipe = { id: 2, name: 'pipe', payload: grid.encodeNothing ?? (() => new Uint8Array(0)), encode: bytes, decode: own, out: 8 };
window.sink = { id: 3, name: 'sink', payload: () => new Uint8Array(0), encode: bytes };
window.source = { id: 4, name: 'source', payload: () => new Uint8Array(0), decode: own, out: 8 };
window.whoAmI = { id: 5, name: 'whoAmI', encode: bytes, decode: own };
window.label = () => [...crypto.getRandomValues(new Uint8Array(8))].map((b) => b.toString(16).padStart(2, '0')).join('');
window.dial = (url = 'ws://' + location.host + '/grid/guest', more = {}) => grid.connect({ url, name: label(), node: 'node', token: 'good', waitForReady: true, ...more });
window.fill = (size, seed) => { const b = new Uint8Array(size); for (let i = 0, x = seed >>> 0 || 1; i < size; i++) { x = (x * 1664525 + 1013904223) >>> 0; b[i] = x >>> 24; } return b; };
window.same = (a, b) => a.length === b.length && a.every((v, i) => v === b[i]);
window.loaded = true;
</script>`

func (p *place) register(m *grid.Manager) error {
	echo := func(_ context.Context, b []byte) ([]byte, error) { return b, nil }
	for id, fn := range map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){
		idEcho: echo, idNotMine: echo,
		idWhoAmI: func(ctx context.Context, _ []byte) ([]byte, error) { return []byte(grid.GetCaller(ctx)), nil },
	} {
		if err := m.RegisterSingleHandler(id, fn); err != nil {
			return err
		}
	}
	for id, h := range map[grid.HandlerID]grid.StreamHandler{
		idPipe: {InCapacity: 8, OutCapacity: 8, Handle: func(ctx context.Context, _ []byte, in <-chan []byte, out chan<- []byte) error {
			for b := range in {
				select {
				case out <- b:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return ctx.Err()
		}},
		idSink: {InCapacity: 4, Handle: func(ctx context.Context, _ []byte, in <-chan []byte, _ chan<- []byte) error {
			select {
			case <-p.release:
			case <-ctx.Done():
				return ctx.Err()
			}
			for range in {
			}
			return ctx.Err()
		}},
		idSource: {OutCapacity: 8, Handle: func(ctx context.Context, _ []byte, _ <-chan []byte, out chan<- []byte) error {
			for n := 1; ; n++ {
				select {
				case out <- make([]byte, 64<<10):
					p.sent <- n
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		}},
	} {
		if err := m.RegisterStreamingHandler(id, h); err != nil {
			return err
		}
	}
	return nil
}

// cutListener remembers what it has accepted, so that it can be cut.
type cutListener struct {
	net.Listener
	p *place
}

func (l cutListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.p.mu.Lock()
		l.p.conns[c] = true
		l.p.mu.Unlock()
	}
	return c, err
}

// cut breaks all connections, as a network does that is lost.
func (p *place) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
		delete(p.conns, c)
	}
}

// page opens the empty page of a place.
func (p *place) page(t *testing.T, ctx context.Context) {
	t.Helper()
	navigate(t, ctx, "http://"+p.address+"/")
	await(t, ctx, "the scripts are loaded", "window.loaded")
}

// awaitGuests waits until so many guests are connected.
func (p *place) awaitGuests(t *testing.T, n int) []string {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if names := p.Guests(); len(names) == n {
			return names
		}
		if time.Now().After(end) {
			t.Fatalf("%d guests, not %d", len(p.Guests()), n)
		}
	}
}

// shot saves what the page looks like, where PICTURES names a folder.
func shot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	folder := os.Getenv("PICTURES")
	if folder == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

func unmarshal[T any](t *testing.T, text string) (v T) {
	t.Helper()
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&v); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return v
}
