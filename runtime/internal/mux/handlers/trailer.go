package handlers

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// metadata is what a handler's context has of metadata. It is never changed: who adds to
// the trailer stores another one. So a call without metadata has one word for it.
type metadata struct {
	came    map[string]string // with the request
	trailer map[string]string // set by the handler
	encoded []byte            // the trailer
}

// SetMeta keeps the metadata of a request.
func (c *Context) SetMeta(came map[string]string) {
	if came != nil {
		c.meta.Store(&metadata{came: came})
	}
}

// Trailer is the encoded metadata of the answer, nil for none.
func (c *Context) Trailer() []byte {
	if m := c.meta.Load(); m != nil {
		return m.encoded
	}
	return nil
}

// SealTrailer ends SetTrailer. Whoever queues an answer seals its trailer first: it has to
// count there for what is written in the end, whatever goroutines the handler has left.
func (c *Context) SealTrailer() {
	if c.state.addUnlocked(trailerSealed) {
		return
	}
	c.mu.Lock()
	c.state.add(trailerSealed)
	c.mu.Unlock()
}

var errNoHandler = errors.New("grid: the context is not that of a handler which runs: it has no trailer")

// SetTrailer adds to the metadata that goes with the answer of the handler which ctx
// belongs to.
func SetTrailer(ctx context.Context, md map[string]string) error {
	c := FromContext(ctx)
	if c == nil {
		return errNoHandler
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state.lock()&trailerSealed != 0 {
		return errNoHandler
	}
	var next metadata
	if old := c.meta.Load(); old != nil {
		next = *old
	}
	all := make(map[string]string, len(next.trailer)+len(md))
	maps.Copy(all, next.trailer)
	maps.Copy(all, md)
	b := encodeMetadata(all)
	if len(b) > MaxMetadata {
		return &status.Error{Code: status.TooLarge, Message: fmt.Sprintf("a trailer of %d bytes, at most %d are allowed", len(b), MaxMetadata)}
	}
	next.trailer, next.encoded = all, b
	c.meta.Store(&next)
	return nil
}

// SentTrailer returns a copy of what SetTrailer has set so far.
func SentTrailer(ctx context.Context) map[string]string {
	if c := FromContext(ctx); c != nil {
		if m := c.meta.Load(); m != nil {
			return maps.Clone(m.trailer)
		}
	}
	return nil
}

// encodeMetadata is a count, then keys and values; nil where there are none.
func encodeMetadata(md map[string]string) []byte {
	if len(md) == 0 {
		return nil
	}
	b := binary.AppendUvarint(nil, uint64(len(md)))
	for k, v := range md {
		b = wire.AppendString(wire.AppendString(b, k), v)
	}
	return b
}

// Trailer receives the metadata of answers. It is safe for concurrent use.
type Trailer struct {
	mu sync.Mutex
	md map[string]string
}

// Get returns a copy of what came last.
func (t *Trailer) Get() map[string]string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.md)
}

// carried is what a context has for the calls that are made with it.
type carried struct {
	md   map[string]string
	want *Wanted
}

type carriedKey struct{}

func carriedOf(ctx context.Context) carried {
	if c, ok := ctx.Value(carriedKey{}).(*carried); ok {
		return *c
	}
	return carried{}
}

// Wanted are those who want the metadata of an answer, the innermost first.
type Wanted struct {
	by   *Trailer
	next *Wanted
}

// Deliver gives metadata to all who want it.
func (w *Wanted) Deliver(md map[string]string) {
	for ; w != nil; w = w.next {
		w.by.mu.Lock()
		w.by.md = md
		w.by.mu.Unlock()
	}
}

// WithTrailer returns a context whose calls and streams give t the metadata of their
// answers, and whoever ctx gives it already.
func WithTrailer(ctx context.Context, t *Trailer) context.Context {
	c := carriedOf(ctx)
	c.want = &Wanted{t, c.want}
	return context.WithValue(ctx, carriedKey{}, &c)
}

// PassTrailer replaces what those have who want the metadata of the answers to calls with
// ctx.
func PassTrailer(ctx context.Context, md map[string]string) {
	carriedOf(ctx).want.Deliver(maps.Clone(md))
}
