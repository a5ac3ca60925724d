package gridtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// Registry is the source that a Resolver reads, as a test of Resolvers sees it.
type Registry struct {
	// Resolver reads the registry. TestResolver calls its Resolve again and again, as
	// a Manager does.
	Resolver grid.Resolver
	// Set makes these the registered peers. If it is nil, the peers cannot be changed,
	// and are the two named "one" and "two" from the start.
	Set func(peers []grid.Peer)
	// Break makes the registry fail until Mend, like a server that is stopped. If it
	// is nil, the registry cannot fail.
	Break, Mend func()
	// Name returns the name that the resolver makes from a peer's name in the
	// registry. If it is nil, the names are the same.
	Name func(name string) string
}

// patience is how long TestResolver waits for what should take far less.
const patience = 30 * time.Second

// TestResolver tests that a Resolver does what grid.Resolver says. It names the
// whole list and follows changes. If its source fails, it returns an error and
// names nobody, and it works again afterwards. It returns soon after its context
// has ended, and does not call update any more. open makes a registry and removes
// it at the end of the test.
func TestResolver(t *testing.T, open func(t *testing.T) Registry) {
	t.Helper()
	one, two, three := grid.Peer{Name: "one", Address: "127.0.0.1:9001"}, grid.Peer{Name: "two", Address: "127.0.0.1:9002"}, grid.Peer{Name: "three", Address: "127.0.0.1:9003"}
	start := func(t *testing.T) (Registry, *followed) {
		r := open(t)
		if r.Set != nil {
			r.Set([]grid.Peer{one, two})
		}
		f := follow(t, r)
		f.want(t, one, two)
		return r, f
	}
	t.Run("names all, and returns when its context ends", func(t *testing.T) {
		_, f := start(t)
		f.end(t)
	})
	t.Run("follows changes", func(t *testing.T) {
		r, f := start(t)
		if r.Set == nil {
			t.Skip("its list cannot be changed")
		}
		r.Set([]grid.Peer{one, two, three})
		f.want(t, one, two, three)
		r.Set([]grid.Peer{three})
		f.want(t, three)
		f.end(t)
	})
	t.Run("a registry that fails is an error, and nobody is named", func(t *testing.T) {
		r, f := start(t)
		if r.Break == nil {
			t.Skip("it cannot fail")
		}
		r.Break()
		if err := f.returned(t); err == nil {
			t.Error("Resolve returned nil though its context has not ended")
		}
		if last := f.list(); len(last) == 0 {
			t.Error("it took its peers back when the registry failed")
		}
		r.Mend()
		again := follow(t, r)
		again.want(t, one, two)
		again.end(t)
	})
	t.Run("a context that has ended", func(t *testing.T) {
		r, f := start(t)
		f.end(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		done := make(chan error, 1)
		go func() { done <- r.Resolver.Resolve(ctx, func([]grid.Peer) {}) }()
		select {
		case err := <-done:
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("its context has ended, and Resolve returned %v", err)
			}
		case <-time.After(patience):
			t.Error("Resolve does not return")
		}
	})
}

// followed is a Resolve under way, and what it has named.
type followed struct {
	registry Registry
	cancel   context.CancelFunc
	done     chan error

	mu    sync.Mutex
	last  []grid.Peer
	news  chan struct{} // capacity 1
	ended bool
	late  int // calls of update after Resolve has returned
}

func follow(t *testing.T, r Registry) *followed {
	ctx, cancel := context.WithCancel(t.Context())
	f := &followed{registry: r, cancel: cancel, done: make(chan error, 1), news: make(chan struct{}, 1)}
	t.Cleanup(cancel)
	go func() {
		err := r.Resolver.Resolve(ctx, f.update)
		f.mu.Lock()
		f.ended = true
		f.mu.Unlock()
		f.done <- err
	}()
	return f
}

func (f *followed) update(peers []grid.Peer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		f.late++
	}
	f.last = slices.Clone(peers)
	select {
	case f.news <- struct{}{}:
	default:
	}
}

func (f *followed) list() []grid.Peer {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.last)
}

// want waits until the list is that of these peers, in any order.
func (f *followed) want(t *testing.T, peers ...grid.Peer) {
	t.Helper()
	timeout := time.After(patience)
	for {
		fault := f.compare(peers)
		if fault == "" {
			return
		}
		select {
		case <-f.news:
		case err := <-f.done:
			t.Fatalf("Resolve returned %v; %s", err, fault)
		case <-timeout:
			t.Fatal(fault)
		}
	}
}

// compare says how the list differs.
func (f *followed) compare(want []grid.Peer) string {
	text := func(peers []grid.Peer, name func(string) string) string {
		all := make([]string, len(peers))
		for i, p := range peers {
			all[i] = p.Name
			if name != nil {
				all[i] = name(p.Name)
			}
		}
		slices.Sort(all)
		return strings.Join(all, " ")
	}
	got := f.list()
	if a, b := text(got, nil), text(want, f.registry.Name); a != b {
		return fmt.Sprintf("it names %q, want %q", a, b)
	}
	for _, p := range got {
		if p.Address == "" {
			return fmt.Sprintf("it has no address of %q", p.Name)
		}
	}
	return ""
}

// returned waits until Resolve returns by itself.
func (f *followed) returned(t *testing.T) error {
	t.Helper()
	select {
	case err := <-f.done:
		return err
	case <-time.After(patience):
		t.Fatal("Resolve does not return though its registry fails")
		return nil
	}
}

// end ends the context, and checks that nothing comes afterwards.
func (f *followed) end(t *testing.T) {
	t.Helper()
	f.cancel()
	select {
	case err := <-f.done:
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("its context has ended, and Resolve returned %v", err)
		}
	case <-time.After(patience):
		t.Fatal("Resolve goes on after its context")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.late > 0 {
		t.Errorf("update was called %d times after Resolve had returned", f.late)
	}
}
