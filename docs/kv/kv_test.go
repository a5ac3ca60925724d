package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gridrpc/gridc/docs/kv/gen/kv"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// newMesh starts three nodes in memory, and returns when they are connected.
func newMesh(t *testing.T) *gridtest.Mesh {
	t.Helper()
	mesh := gridtest.New(t, gridtest.Options{
		Nodes:    []string{"a", "b", "c"},
		Register: func(n *gridtest.Node) error { return kv.RegisterKV(n.Manager(), newStore()) },
	})
	if err := mesh.WaitConnected(t.Context()); err != nil {
		t.Fatal(err)
	}
	return mesh
}

// Nodes in memory, on a clock that jumps: the test takes no time.
func TestPutAndGet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh := newMesh(t)
		c := kv.NewKVClient(mesh.Connection("a", "b"))
		if err := c.Put(t.Context(), &kv.Entry{Key: "greeting", Value: "hello"}); err != nil {
			t.Fatal(err)
		}
		e, err := c.Get(t.Context(), &kv.Key{Name: "greeting"})
		if err != nil || e.Value != "hello" {
			t.Errorf("%v, %v", e, err)
		}
		_, err = c.Get(t.Context(), &kv.Key{Name: "farewell"})
		var missing *kv.NotFound
		if !errors.As(err, &missing) || missing.Key != "farewell" || grid.OutcomeOf(err) != grid.Ran {
			t.Errorf("of a key that is not there: %v", err)
		}
	})
}

// A node that is cut off is passed by: what was not sent is done elsewhere.
func TestPutAnywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh := newMesh(t)
		mesh.Cut("a", "b")
		if err := mesh.WaitDisconnected(t.Context(), "a", "b"); err != nil {
			t.Fatal(err)
		}
		nodes := []*grid.Connection{mesh.Connection("a", "b"), mesh.Connection("a", "c")}
		if err := putAnywhere(t.Context(), nodes, &kv.Entry{Key: "greeting", Value: "hello"}); err != nil {
			t.Fatal(err)
		}
		e, err := kv.NewKVClient(nodes[1]).Get(t.Context(), &kv.Key{Name: "greeting"})
		if err != nil || e.Value != "hello" {
			t.Errorf("%v, %v", e, err)
		}
	})
}

// A node that is lost in the middle of a Put leaves its caller in doubt, who asks when it
// is back: its values are gone, so this Put has not set anything that lasts.
func TestPutInDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh := newMesh(t)
		mesh.Stall("b") // as if its process were suspended
		go func() {
			time.Sleep(time.Second)
			mesh.Crash("b")
			mesh.Restart("b")
		}()
		err := putAnywhere(t.Context(), []*grid.Connection{mesh.Connection("a", "b")}, &kv.Entry{Key: "greeting", Value: "hello"})
		if grid.OutcomeOf(err) != grid.MayHaveRun || !strings.Contains(err.Error(), "greeting was not set") {
			t.Errorf("%v (%v)", err, grid.OutcomeOf(err))
		}
	})
}

// Each node is restarted in good order while the others call it: no call fails.
func TestRollingRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh := newMesh(t)
		ctx, stop := context.WithCancel(t.Context())
		var callers sync.WaitGroup
		calls := 0
		callers.Go(func() {
			for ctx.Err() == nil {
				key := fmt.Sprint("key", calls)
				if err := kv.NewKVClient(mesh.Connection("a", "b")).Put(grid.WaitForReady(t.Context()), &kv.Entry{Key: key}); err != nil {
					t.Errorf("call %d: %v", calls, err)
				}
				calls++
				time.Sleep(time.Millisecond)
			}
		})
		for range 5 {
			time.Sleep(time.Second)
			mesh.Stop(t.Context(), "b") // Manager.Shutdown: what has begun is finished
			mesh.Restart("b")
		}
		stop()
		callers.Wait()
		if calls < 100 {
			t.Errorf("only %d calls", calls)
		}
	})
}

// Whoever watches goes on with the next process of a node that was restarted.
func TestWatchGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh := newMesh(t)
		ctx, stop := context.WithCancel(t.Context())
		var out strings.Builder
		var watching sync.WaitGroup
		watching.Go(func() {
			if err := watch(ctx, mesh.Connection("a", "b"), "k", &out); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		put := func(key string) {
			t.Helper()
			if err := kv.NewKVClient(mesh.Connection("c", "b")).Put(grid.WaitForReady(t.Context()), &kv.Entry{Key: key, Value: "v"}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		put("k1")
		put("other")
		mesh.Stop(t.Context(), "b")
		mesh.Restart("b")
		time.Sleep(time.Minute) // it watches again
		put("k2")
		stop()
		watching.Wait()
		if got := out.String(); got != "k1 = v\nk2 = v\n" {
			t.Errorf("it has seen %q", got)
		}
	})
}

// An upload ends with the handler's response, and every entry is there.
func TestLoadAndLookup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh := newMesh(t)
		var entries []*kv.Entry
		for i := range 1000 {
			entries = append(entries, &kv.Entry{Key: fmt.Sprint(i), Value: "v"})
		}
		c := mesh.Connection("a", "b")
		if done, err := load(t.Context(), c, entries); err != nil || done.Count != 1000 {
			t.Fatal(done, err)
		}
		var keys []string
		for i := range 1001 {
			keys = append(keys, fmt.Sprint(i))
		}
		values, err := lookup(t.Context(), c, keys)
		if err != nil || len(values) != 1001 || values["999"] != "v" || values["1000"] != "" {
			t.Errorf("%d values, %v", len(values), err)
		}
		mesh.Cut("a", "b")
		if values, err := lookup(t.Context(), c, keys); err == nil {
			t.Errorf("without a connection there are %d values", len(values))
		}
	})
}
