package gridtest_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

const echo grid.HandlerID = 1

// registerEcho is what the nodes of these tests serve.
func registerEcho(n *gridtest.Node) error {
	return n.Manager().RegisterSingleHandler(echo, func(_ context.Context, p []byte) ([]byte, error) { return p, nil })
}

// meshInBubble runs a test on a connected mesh in fake time.
func meshInBubble(t *testing.T, o gridtest.Options, test func(t *testing.T, m *gridtest.Mesh)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if o.Register == nil {
			o.Register = registerEcho
		}
		m := gridtest.New(t, o)
		waitConnected(t, m)
		test(t, m)
	})
}

func waitConnected(t *testing.T, m *gridtest.Mesh) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := m.WaitConnected(ctx); err != nil {
		t.Fatal(err)
	}
}

func wantEcho(t *testing.T, m *gridtest.Mesh, from, to string) {
	t.Helper()
	if got, err := m.Connection(from, to).Request(t.Context(), echo, []byte("hi")); string(got) != "hi" || err != nil {
		t.Errorf("%s to %s: %q, %v", from, to, got, err)
	}
}

func wantDisconnected(t *testing.T, m *gridtest.Mesh, from, to string) {
	t.Helper()
	if _, err := m.Connection(from, to).Request(t.Context(), echo, nil); !errors.Is(err, grid.ErrDisconnected) {
		t.Errorf("%s to %s: %v, want %v", from, to, err, grid.ErrDisconnected)
	}
}

func TestMeshConnectsEverybody(t *testing.T) {
	o := gridtest.Options{Nodes: []string{"a", "b", "c"}, Link: gridtest.Link{Latency: 50 * time.Millisecond}}
	meshInBubble(t, o, func(t *testing.T, m *gridtest.Mesh) {
		for _, from := range o.Nodes {
			for _, to := range o.Nodes {
				wantEcho(t, m, from, to)
			}
		}
	})
}

func TestMeshCutAndHeal(t *testing.T) {
	meshInBubble(t, gridtest.Options{Nodes: []string{"a", "b", "c"}}, func(t *testing.T, m *gridtest.Mesh) {
		m.Cut("a", "b")
		synctest.Wait()
		wantDisconnected(t, m, "a", "b")
		wantDisconnected(t, m, "b", "a")
		wantEcho(t, m, "a", "c")
		m.Heal("a", "b")
		waitConnected(t, m)
		wantEcho(t, m, "a", "b")
	})
}

func TestMeshCrashAndRestart(t *testing.T) {
	starts := 0
	o := gridtest.Options{Nodes: []string{"a", "b", "c"}, Register: func(n *gridtest.Node) error {
		if n.Name() == "b" {
			starts++
		}
		return registerEcho(n)
	}}
	meshInBubble(t, o, func(t *testing.T, m *gridtest.Mesh) {
		old := m.Node("b").Manager()
		m.Crash("b")
		synctest.Wait()
		wantDisconnected(t, m, "a", "b")
		wantDisconnected(t, m, "b", "a")
		if m.Node("b").Running() {
			t.Error("a crashed node is running")
		}
		waitConnected(t, m) // a and c are; b is not asked
		m.Restart("b")
		waitConnected(t, m)
		wantEcho(t, m, "a", "b")
		wantEcho(t, m, "b", "a")
		if m.Node("b").Manager() == old || starts != 2 {
			t.Errorf("after a restart: the same Manager, or %d registrations", starts)
		}
	})
}

// TestMeshVanish: with the power gone nobody says a word, and only the lack of
// a sign of life tells.
func TestMeshVanish(t *testing.T) {
	meshInBubble(t, gridtest.Options{Nodes: []string{"a", "b"}}, func(t *testing.T, m *gridtest.Mesh) {
		m.Vanish("b")
		synctest.Wait()
		if phase := m.Connection("a", "b").State().Phase; phase != grid.Connected {
			t.Errorf("a heard of it at once: %v", phase)
		}
		start := time.Now()
		if err := m.WaitDisconnected(t.Context(), "a", "b"); err != nil {
			t.Fatal(err)
		}
		limits := grid.DefaultLimits()
		if since := time.Since(start); since < limits.PingInterval/2 || since > 2*limits.PingInterval+limits.PongTimeout {
			t.Errorf("noticed after %v", since)
		}
	})
}

// TestMeshStop finishes what was begun.
func TestMeshStop(t *testing.T) {
	o := gridtest.Options{Nodes: []string{"a", "b"}, Register: func(n *gridtest.Node) error {
		return n.Manager().RegisterSingleHandler(echo, func(ctx context.Context, p []byte) ([]byte, error) {
			time.Sleep(time.Second)
			return p, nil
		})
	}}
	meshInBubble(t, o, func(t *testing.T, m *gridtest.Mesh) {
		stopped := make(chan error, 1)
		time.AfterFunc(time.Second/2, func() { stopped <- m.Stop(t.Context(), "b") })
		wantEcho(t, m, "a", "b")
		if err := <-stopped; err != nil {
			t.Error(err)
		}
		synctest.Wait()
		wantDisconnected(t, m, "a", "b")
	})
}

// TestMeshAdd adds a tool that nobody dials and that only one node accepts.
func TestMeshAdd(t *testing.T) {
	o := gridtest.Options{Nodes: []string{"a", "b"}, Configure: func(name string, o *grid.Options) {
		switch name {
		case "tool":
			o.CallOnly, o.Peers = true, o.Peers[:1]
		case "a":
			o.Accept = func(name string) bool { return name == "tool" }
		}
	}}
	meshInBubble(t, o, func(t *testing.T, m *gridtest.Mesh) {
		m.Add("tool")
		waitConnected(t, m)
		wantEcho(t, m, "tool", "a")
		if m.Connection("tool", "b") != nil {
			t.Error("the tool has b as a peer although Configure took it away")
		}
	})
}

// TestMeshInRealTime is the same machinery without a bubble.
func TestMeshInRealTime(t *testing.T) {
	m := gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b"}, Register: registerEcho})
	waitConnected(t, m)
	wantEcho(t, m, "a", "b")
	m.Restart("a")
	waitConnected(t, m)
	wantEcho(t, m, "b", "a")
}

// TestMeshServesHTTP: the server of a node is an http.Server like any.
func TestMeshServesHTTP(t *testing.T) {
	meshInBubble(t, gridtest.Options{Nodes: []string{"a"}}, func(t *testing.T, m *gridtest.Mesh) {
		transport := &http.Transport{DialContext: m.Dialer("browser")}
		defer transport.CloseIdleConnections()
		resp, err := (&http.Client{Transport: transport}).Get("http://a/elsewhere")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusNotFound {
			t.Error(resp.Status)
		}
		if m.Node("a").Server().Handler == nil {
			t.Error("the server has no handler to wrap")
		}
	})
}
