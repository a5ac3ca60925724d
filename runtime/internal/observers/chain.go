package observers

import (
	"context"

	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/observe"
)

// Chain is all observers of a node. A nil *Chain is none, which is what the path of
// calls looks for.
type Chain struct {
	all   []observe.Observer
	first [1]observe.Observer // the memory of all, mostly: beside it, as calls find neither in the cache
	m     *node.Node
	queue queue
}

// New returns the chain of these observers, nil if there are none.
func New(m *node.Node, all []observe.Observer) *Chain {
	if len(all) == 0 {
		return nil
	}
	c := &Chain{m: m}
	c.all = append(c.first[:0], all...)
	c.queue.m = m
	return c
}

// Told is what observers were told of one call: to how many of them it began and has
// not ended, and the context that they have made.
type Told struct {
	Ctx context.Context
	n   int
}

// Begin tells all observers of a call, one after the other: x.Ctx is the context of the
// last. An observer that ends its goroutine keeps those behind it from being told. So End,
// which tells the observers that Begin has told, must be called in a deferred call.
func (c *Chain) Begin(x *Told, info *observe.CallInfo) {
	returned := false
	defer func() {
		if returned {
			return
		}
		value := recover()
		_ = c.m.Crashed("Begin of an observer", value, "handler", info.Name)
		if value != nil {
			c.Begin(x, info) // the others
		}
	}()
	for x.n < len(c.all) {
		x.n++
		if inner := c.all[x.n-1].Begin(x.Ctx, info); inner != nil {
			x.Ctx = inner
		}
	}
	returned = true
}

// End tells the observers that were told of the beginning, the last first, each whatever
// the one before it does.
func (c *Chain) End(x *Told, info *observe.CallInfo, end *observe.CallEnd) {
	returned := false
	defer func() {
		if !returned {
			c.Slipped(recover(), x, info, end)
		}
	}()
	for o := c.Last(x); o != nil; o = c.Last(x) {
		o.End(x.Ctx, info, *end)
	}
	returned = true
}

// Last is the observer that is to be told of the end next, nil if all were. Whoever calls
// it calls End of the observer in place of Chain.End, which is one function more on the
// path of a call, and calls Slipped, from a deferred call, if that End does not return.
func (c *Chain) Last(x *Told) observe.Observer {
	if x.n == 0 {
		return nil
	}
	x.n--
	return c.all[x.n]
}

// Slipped logs that End of an observer has panicked with a value, or, if that is nil, has
// ended its goroutine, and tells the observers that are left.
func (c *Chain) Slipped(value any, x *Told, info *observe.CallInfo, end *observe.CallEnd) {
	defer c.End(x, info, end) // also where the goroutine ends, or the log ends it
	_ = c.m.Crashed("End of an observer", value, "handler", info.Name)
}

// Refused has all observers told soon of a call or stream that this end did not let
// begin. ctx is made when that happens.
func (c *Chain) Refused(ctx func() context.Context, info *observe.CallInfo, end *observe.CallEnd) {
	c.queue.add(func() {
		x := Told{Ctx: ctx()}
		defer c.End(&x, info, end)
		c.Begin(&x, info)
	})
}

// Session has all observers told soon.
func (c *Chain) Session(event observe.SessionEvent) {
	for _, o := range c.all {
		c.queue.add(func() { _ = c.m.Guard("Session of an observer", func() { o.Session(event) }) })
	}
}
