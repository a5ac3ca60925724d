package handlers

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/internal/mux/link"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// Context is the context of one running handler. It is made for that
// handler and never recycled, so it may be kept. It costs one allocation; its
// channel is made when somebody asks for it, and its deadline is watched by the
// Manager's clock instead of a timer of its own.
type Context struct {
	S      *link.Link // that the request came from
	H      *Handler
	meta   atomic.Pointer[metadata] // nil: none came, and none goes back
	DueAt  int64                    // manager clock, 0: none
	Reader uint64                   // the handler began on the session's reader: as what, else 0

	mu    sync.Mutex
	state state
	Stage stage
	done  chan struct{} // nil until asked for; guarded by mu
	rare  *rare         // nil until needed; guarded by mu
	Lent  *codec.Lent   // of the answer, nil: none; the handler's until it returns
}

// rare is what few contexts have.
type rare struct {
	cause *status.Error    // why the context ended, nil: nothing but the handler's return
	after map[*byte]func() // see AfterFunc
}

// Deadline implements context.Context.
func (c *Context) Deadline() (time.Time, bool) {
	if c.DueAt == 0 {
		return time.Time{}, false
	}
	return c.S.M.Clock.Time(c.DueAt), true
}

// Done implements context.Context.
func (c *Context) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		if c.state.lock().end() != notEnded {
			return node.ClosedChan
		}
		c.done = make(chan struct{})
	}
	return c.done
}

// Err implements context.Context. Once it is not nil, the channel of Done is closed.
func (c *Context) Err() error {
	f := c.state.load()
	if f.end() != notEnded && f&underLock != 0 {
		c.mu.Lock() // who ends the context holds it until the channel is closed: see endLocked
		defer c.mu.Unlock()
	}
	return f.end().err()
}

type handlerContextKey struct{}

// Value implements context.Context. The one key of its own leads to itself; caller,
// subroute and metadata are fields, so that they cannot hide each other. The key of
// package context, by which context.Cause finds a cause, is some *int.
func (c *Context) Value(key any) any {
	switch key.(type) {
	case handlerContextKey:
		return c
	case *int:
		if cause := c.why(); cause != nil {
			ctx, cancel := context.WithCancelCause(context.Background())
			cancel(cause)
			return ctx.Value(key)
		}
	}
	return nil
}

// why is why the context ended, or nil.
func (c *Context) why() *status.Error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.state.load().end() == notEnded:
		return nil
	case c.rare == nil || c.rare.cause == nil:
		return errReturned
	}
	return c.rare.cause
}

// errReturned is why the context of a handler has ended that nothing else ended.
var errReturned = &status.Error{Code: status.Canceled, Message: "the handler has returned"}

// AfterFunc lets the context package derive children without a goroutine each.
func (c *Context) AfterFunc(f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state.lock().end() != notEnded {
		go f()
		return func() bool { return false }
	}
	r := c.rareLocked()
	if r.after == nil {
		r.after = make(map[*byte]func())
	}
	id := new(byte)
	r.after[id] = f
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		_, waiting := r.after[id]
		delete(r.after, id)
		return waiting
	}
}

func (c *Context) rareLocked() *rare {
	if c.rare == nil {
		c.rare = new(rare)
	}
	return c.rare
}

// Cancel ends the context. cause says why for those who ask. Only the first call
// counts.
func (c *Context) Cancel(end EndKind, cause *status.Error) {
	c.mu.Lock()
	if c.state.lock().end() != notEnded {
		c.mu.Unlock()
		return
	}
	if cause != nil {
		c.rareLocked().cause = cause
	}
	c.endLocked(end)
}

// endLocked ends a context that has not ended, with mu held. It returns without mu.
func (c *Context) endLocked(end EndKind) {
	c.state.add(facts(end))
	if c.done != nil {
		close(c.done)
	}
	var after map[*byte]func()
	if c.rare != nil {
		after, c.rare.after = c.rare.after, nil
	}
	c.mu.Unlock()
	for _, f := range after {
		go f()
	}
}

// Returned ends the context of a handler that has returned, and SetTrailer.
func (c *Context) Returned() {
	if c.state.addUnlocked(handlerLeft | trailerSealed | facts(EndCanceled)) {
		return
	}
	c.mu.Lock()
	c.state.add(handlerLeft | trailerSealed)
	if c.state.load().end() != notEnded {
		c.mu.Unlock()
		return
	}
	c.endLocked(EndCanceled)
}

// Running reports whether c is the context of a handler that has not returned,
// whatever became of its caller.
func (c *Context) Running() bool { return c != nil && c.state.load()&handlerLeft == 0 }

// Keep says that the payload's buffer belongs to the request now. The handler calls it, or
// what decodes for it.
func (c *Context) Keep() { c.state.add(payloadKept) }

// Kept reports whether Keep was called.
func (c *Context) Kept() bool { return c.state.load()&payloadKept != 0 }

// Intercepted reports whether interceptors see the payload.
func (c *Context) Intercepted() bool { return c.S.Intercepted }

func (c *Context) Ended() bool { return c.state.load().end() != notEnded }

// Over reports whether there is no use in starting the handler.
func (c *Context) Over() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Ended() && (c.rare == nil || !status.IsCutOff(c.rare.cause))
}

// Expired reports whether the deadline has passed.
func (c *Context) Expired() bool { return c.DueAt != 0 && c.S.M.Clock.Now() >= c.DueAt }

// SetDeadline is for a request that came at a time of the Manager's clock.
func (c *Context) SetDeadline(came int64, timeout time.Duration) {
	if timeout > 0 {
		c.DueAt = came + int64(timeout)
		c.S.M.Clock.Arm()
	}
}

func FromContext(ctx context.Context) *Context {
	c, _ := ctx.Value(handlerContextKey{}).(*Context)
	return c
}

// GetCaller returns the authenticated name of the node that called the handler
// which ctx belongs to, or "" outside of a handler.
func GetCaller(ctx context.Context) string {
	if c := FromContext(ctx); c != nil {
		return c.S.Peer
	}
	return ""
}

// GetSubroute returns the subroute that the running handler was called under,
// its parts joined with "/", which none of them holds, or "".
func GetSubroute(ctx context.Context) string {
	if c := FromContext(ctx); c != nil {
		return c.H.Subroute
	}
	return ""
}

// Cause returns why the context of a handler ended: an *Error that says whether
// the caller gave up, the deadline passed or the connection was lost. It is nil
// while the handler may go on, and outside of a handler. context.Cause says the same of
// the context that the handler was given, and of those derived from it, unless they
// ended before.
func Cause(ctx context.Context) error {
	if c := FromContext(ctx); c != nil {
		if cause := c.why(); cause != nil {
			return cause
		}
	}
	return nil
}

// Draining returns a channel that is closed when either end of the call or stream,
// whose handler ctx belongs to, begins to shut down: a stream without a natural end
// should then come to one. It is nil, which never is ready, outside of a handler.
func Draining(ctx context.Context) <-chan struct{} {
	if c := FromContext(ctx); c != nil {
		return c.S.Drain
	}
	return nil
}

// WithMetadata returns a context whose calls carry these strings, in addition to
// those that ctx carries already. They do not travel on from a handler to the
// calls it makes. The map is copied.
func WithMetadata(ctx context.Context, md map[string]string) context.Context {
	c := carriedOf(ctx)
	all := make(map[string]string, len(c.md)+len(md))
	maps.Copy(all, c.md)
	maps.Copy(all, md)
	c.md = all
	return context.WithValue(ctx, carriedKey{}, &c)
}

// Outgoing returns a copy of the strings that calls with ctx carry.
func Outgoing(ctx context.Context) map[string]string { return maps.Clone(carriedOf(ctx).md) }

// GetMetadata returns the strings that came with the call whose handler ctx
// belongs to. The map must not be changed.
func GetMetadata(ctx context.Context) map[string]string {
	if c := FromContext(ctx); c != nil {
		if m := c.meta.Load(); m != nil {
			return m.came
		}
	}
	return nil
}

// MaxMetadata bounds the encoded metadata of one call.
const MaxMetadata = 8 << 10

// Carried is what the calls with ctx carry, encoded, and who wants the metadata of their
// answers.
func Carried(ctx context.Context) (meta []byte, want *Wanted, err error) {
	c := carriedOf(ctx)
	b := encodeMetadata(c.md)
	if len(b) > MaxMetadata {
		return nil, nil, &status.Error{Code: status.TooLarge, Outcome: status.NotSent, Message: fmt.Sprintf("%d bytes of metadata, at most %d are allowed", len(b), MaxMetadata)}
	}
	return b, c.want, nil
}

// ParseMetadata decodes what Carried and SetTrailer encode.
func ParseMetadata(b []byte) (map[string]string, error) {
	if b == nil {
		return nil, nil
	}
	f := wire.Fields{B: b}
	n := f.Uvarint()
	if n > uint64(len(b))/2 || len(b) > MaxMetadata {
		return nil, fmt.Errorf("%w: impossible metadata", wire.ErrFrame)
	}
	md := make(map[string]string, min(n, 16)) // not as many as the peer says: one key may come often
	for range n {
		k := string(f.Bytes())
		md[k] = string(f.Bytes())
	}
	return md, f.Err(wire.KindCall)
}
