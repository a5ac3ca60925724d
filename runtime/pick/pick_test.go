package pick_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/pick"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const name grid.HandlerID = 1

// newMesh starts a, which calls, and b, c and d, which answer with their names.
func newMesh(t *testing.T) *gridtest.Mesh {
	t.Helper()
	mesh := gridtest.New(t, gridtest.Options{
		Nodes: []string{"a", "b", "c", "d"},
		Register: func(n *gridtest.Node) error {
			return n.Manager().RegisterSingleHandler(name, func(context.Context, []byte) ([]byte, error) { return []byte(n.Name()), nil })
		},
	})
	if err := mesh.WaitConnected(t.Context()); err != nil {
		t.Fatal(err)
	}
	return mesh
}

func ask(t *testing.T, ctx context.Context, c grid.Caller) string { //nolint:revive // t comes first in the helpers of tests
	t.Helper()
	reply, err := c.Request(ctx, name, nil)
	if err != nil {
		t.Error(err)
	}
	return string(reply)
}

func TestRoundRobin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh := newMesh(t)
		c := mesh.Node("a").Manager().Group("b", "c", "d").Any(pick.RoundRobin())
		got := ""
		for range 6 {
			got += ask(t, t.Context(), c)
		}
		if !strings.Contains("bcdbcdbcd", got) { // from whichever peer it begins
			t.Errorf("the calls went to %s", got)
		}
		mesh.Crash("c")
		mesh.WaitDisconnected(t.Context(), "a", "c")
		seen := make(map[string]int)
		for range 4 {
			seen[ask(t, t.Context(), c)]++
		}
		if seen["b"] != 2 || seen["d"] != 2 {
			t.Errorf("with c away: %v", seen)
		}
	})
}

func TestNearest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh := newMesh(t)
		for host, latency := range map[string]time.Duration{"b": 30, "c": 5, "d": 60} {
			mesh.Cut("a", host) // the next connection measures anew
			mesh.WaitDisconnected(t.Context(), "a", host)
			mesh.SetLink("a", host, gridtest.Link{Latency: latency * time.Millisecond})
			mesh.Heal("a", host)
		}
		if err := mesh.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		m := mesh.Node("a").Manager()
		c := m.Group("b", "c", "d").Any(pick.Nearest())
		if got := ask(t, t.Context(), c); got != "c" {
			t.Errorf("the nearest is %s", got)
		}
		mesh.Crash("c")
		mesh.WaitDisconnected(t.Context(), "a", "c")
		if got := ask(t, t.Context(), c); got != "b" {
			t.Errorf("with c away the nearest is %s", got)
		}
		if got := ask(t, t.Context(), m.Group("a", "b").Any(pick.Nearest())); got != "a" {
			t.Errorf("the node itself is farther than %s", got)
		}
	})
}

// A key stays with its peer. While that is away its keys are spread over the others, and
// the others keep theirs.
func TestSticky(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh := newMesh(t)
		const keys = 300
		where := func(node string) (all []string) {
			c := mesh.Node(node).Manager().Group("b", "c", "d").Any(pick.Sticky())
			for i := range keys {
				all = append(all, ask(t, pick.WithKey(t.Context(), fmt.Sprint("key", i)), c))
			}
			return all
		}
		before := where("a")
		count := make(map[string]int)
		for _, peer := range before {
			count[peer]++
		}
		for peer, n := range count {
			if n < keys/5 {
				t.Errorf("%s has %d of %d keys", peer, n, keys)
			}
		}
		if again := where("b"); fmt.Sprint(again) != fmt.Sprint(before) {
			t.Error("another node finds the keys elsewhere")
		}
		mesh.Crash("c")
		mesh.WaitDisconnected(t.Context(), "a", "c")
		moved := make(map[string]int)
		for i, peer := range where("a") {
			if before[i] != "c" && peer != before[i] {
				t.Errorf("key%d has moved from %s to %s", i, before[i], peer)
			}
			if before[i] == "c" {
				moved[peer]++
			}
		}
		if moved["b"] == 0 || moved["d"] == 0 {
			t.Errorf("the keys of c went to %v", moved)
		}
	})
}
