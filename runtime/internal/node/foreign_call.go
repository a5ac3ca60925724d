package node

import (
	"context"
	"sync"
	"time"

	"github.com/gridrpc/gridc/runtime/status"
)

// ForeignCall is a piece of work that calls code which is not the runtime's own, and
// of which nobody knows whether it returns. The Node lists those under way, so that a
// shutdown can name what it did not wait for.
type ForeignCall struct {
	m    *Node
	mu   sync.Mutex
	what string // what is being called
	free func() // gives back what the work holds, once nobody waits for it

	over    bool // it has returned
	givenUp bool // nobody waits for it any more
}

// Enter lists a call of code of others. Leave must be called when it is over.
func (m *Node) Enter(what string) *ForeignCall {
	c := &ForeignCall{m: m, what: what}
	m.foreign.mu.Lock()
	defer m.foreign.mu.Unlock()
	if m.foreign.calls == nil {
		m.foreign.calls = make(map[*ForeignCall]struct{})
	}
	m.foreign.calls[c] = struct{}{}
	return c
}

// Leave takes a call off the list.
func (c *ForeignCall) Leave() {
	c.m.foreign.mu.Lock()
	defer c.m.foreign.mu.Unlock()
	delete(c.m.foreign.calls, c)
}

// foreignCalls are those under way.
type foreignCalls struct {
	mu    sync.Mutex // before that of a ForeignCall
	calls map[*ForeignCall]struct{}
}

// ForeignCalls counts the calls of code of others that are under way, by what is called.
func (m *Node) ForeignCalls() map[string]int {
	m.foreign.mu.Lock()
	defer m.foreign.mu.Unlock()
	n := make(map[string]int)
	for c := range m.foreign.calls {
		n[c.now()]++
	}
	return n
}

func (c *ForeignCall) now() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.what
}

// Guard is Node.Guard, and notes what is called meanwhile, and about whom.
func (c *ForeignCall) Guard(what, about string, f func()) *status.Error {
	was := c.now()
	c.note(what + about)
	defer c.note(was)
	return c.m.Guard(what, f)
}

func (c *ForeignCall) note(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.what = what
}

// Holds sets free, which gives back what the work holds once nobody waits for the work any
// more. If nobody does already, free is called at once.
func (c *ForeignCall) Holds(free func()) {
	c.mu.Lock()
	c.free = free
	late := c.givenUp
	c.mu.Unlock()
	if late {
		free()
	}
}

// finish notes that the work is over, and reports whether somebody still waits for it.
func (c *ForeignCall) finish() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	return !c.givenUp
}

// giveUp notes that nobody waits for the work any more. It reports whether the work is
// still under way, and what code it is calling.
func (c *ForeignCall) giveUp() (at string, underway bool) {
	c.mu.Lock()
	c.givenUp = !c.over
	at, underway = c.what, c.givenUp
	free := c.free
	c.mu.Unlock()
	if underway && free != nil {
		free()
	}
	return at, underway
}

// NotReturned is the error of work that was given up: the code of others that it
// names has been called and has not returned.
type NotReturned struct{ What string }

// Error implements error.
func (e *NotReturned) Error() string {
	return e.What + " has not returned: nothing waits for it any more"
}

// grace is for code that notices the end of its context, so that it can say itself
// why it has failed.
const grace = time.Second

// Within runs f, which calls code of others, on a goroutine of its own. It returns what
// f does, an error if f panics or ends its goroutine, and a *NotReturned if f has not
// returned soon after ctx has ended: then f may go on for ever, and whatever it uses
// is its own. f is given the call, to say with it what it does and holds.
func Within[T any](ctx context.Context, m *Node, what string, f func(*ForeignCall) (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	c := m.Enter(what)
	finish := func(o outcome) {
		c.Leave()
		if c.finish() {
			done <- o
		}
	}
	m.Spawn(what, func() {
		v, err := f(c)
		finish(outcome{v, err})
	}, func(fault *status.Error) { finish(outcome{err: fault}) })
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
	}
	select {
	case o := <-done:
		return o.value, o.err
	case <-time.After(grace):
	}
	if at, underway := c.giveUp(); underway {
		var none T
		return none, &NotReturned{at}
	}
	o := <-done
	return o.value, o.err
}
