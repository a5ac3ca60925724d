package main

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/gridrpc/gridc/docs/kv/gen/kv"
	grid "github.com/gridrpc/gridc/runtime"
)

// store is the server: what a node does when it is called.
type store struct {
	kv.UnimplementedKVServer // for handlers that come later

	mu       sync.Mutex
	values   map[string]string
	watchers map[*watcher]bool
}

// watcher is a stream of Watch.
type watcher struct {
	prefix  string
	changes chan *kv.Entry // closed when the watcher is too slow
}

// maxBehind is how many changes a watcher may be behind.
const maxBehind = 1000

func newStore() *store {
	return &store{values: make(map[string]string), watchers: make(map[*watcher]bool)}
}

// Get implements kv.KVServer.
func (s *store) Get(_ context.Context, req *kv.Key) (*kv.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, ok := s.values[req.Name]
	if !ok {
		return nil, &kv.NotFound{Key: req.Name}
	}
	return &kv.Entry{Key: req.Name, Value: value}, nil
}

// Put implements kv.KVServer.
func (s *store) Put(_ context.Context, e *kv.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[e.Key] = e.Value
	for w := range s.watchers {
		if strings.HasPrefix(e.Key, w.prefix) {
			s.tellLocked(w, e)
		}
	}
	return nil
}

// tellLocked never waits: a watcher that reads too slowly is let go.
func (s *store) tellLocked(w *watcher, e *kv.Entry) {
	select {
	case w.changes <- e:
	default:
		close(w.changes)
		delete(s.watchers, w)
	}
}

// Load implements kv.KVServer. The client's end of the input is io.EOF; any other error
// means that entries may be missing.
func (s *store) Load(ctx context.Context, in *grid.Receiver[*kv.Entry]) (*kv.LoadResponse, error) {
	for n := uint64(0); ; n++ {
		e, err := in.Recv()
		if err == io.EOF {
			return &kv.LoadResponse{Count: n}, nil
		}
		if err != nil {
			return nil, err
		}
		if err := s.Put(ctx, e); err != nil {
			return nil, err
		}
	}
}

// Lookup implements kv.KVServer.
func (s *store) Lookup(ctx context.Context, in *grid.Receiver[*kv.Key], out *grid.Sender[*kv.Entry]) error {
	for {
		key, err := in.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		e, err := s.Get(ctx, key)
		if isNotFound(err) {
			e = &kv.Entry{Key: key.Name}
		}
		if err := out.Send(e); err != nil {
			return err
		}
	}
}

// Watch implements kv.KVServer.
func (s *store) Watch(ctx context.Context, req *kv.WatchRequest, out *grid.Sender[*kv.Entry]) error {
	entries, w := s.watch(req.Prefix)
	defer s.leave(w)
	for _, e := range entries {
		if err := out.Send(e); err != nil {
			return err // the client has left
		}
	}
	for {
		select {
		case e, ok := <-w.changes:
			if !ok {
				return grid.NewError(grid.ResourceExhausted, "the watcher reads too slowly")
			}
			if err := out.Send(e); err != nil { // waits while the client reads nothing
				return err
			}
		case <-out.Draining():
			return nil // one of the two nodes shuts down: nothing else would end this stream
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// watch returns what there is, in order, and a watcher that is told of what comes.
func (s *store) watch(prefix string) ([]*kv.Entry, *watcher) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var entries []*kv.Entry
	for _, key := range slices.Sorted(maps.Keys(s.values)) {
		if strings.HasPrefix(key, prefix) {
			entries = append(entries, &kv.Entry{Key: key, Value: s.values[key]})
		}
	}
	w := &watcher{prefix: prefix, changes: make(chan *kv.Entry, maxBehind)}
	s.watchers[w] = true
	return entries, w
}

func (s *store) leave(w *watcher) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.watchers, w)
}
