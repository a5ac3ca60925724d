package peer

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
)

type muxDialer struct {
	to       Target
	payloads muxPayloads
}

func (muxDialer) Close() {}

func (d muxDialer) Dial(ctx context.Context) (Client, error) {
	conn, err := d.to.dial(ctx)
	if err != nil {
		return nil, err
	}
	c := &muxClient{conn: conn, payloads: d.payloads, slots: make([]muxSlot, d.to.Flight), free: make(chan uint32, d.to.Flight)}
	for i := range c.slots {
		c.slots[i].done = make(chan struct{}, 1)
		c.free <- uint32(i)
	}
	go c.read()
	return c, nil
}

// muxClient has a slot for each call that may be in flight; its number is the
// slot's.
type muxClient struct {
	noStreams
	conn     net.Conn
	payloads muxPayloads
	slots    []muxSlot
	free     chan uint32
	flying   atomic.Int32

	mu         sync.Mutex
	out, spare []byte
	writing    bool
	lost       error
}

type muxSlot struct {
	call *Call
	done chan struct{}
}

func (c *muxClient) Close() { c.conn.Close() }

func (c *muxClient) Echo(_ context.Context, call *Call) error {
	n := <-c.free
	slot := &c.slots[n]
	slot.call = call
	c.flying.Add(1)
	if err := c.send(n, call); err != nil {
		return err
	}
	<-slot.done
	c.flying.Add(-1)
	c.free <- n
	c.mu.Lock()
	lost := c.lost
	c.mu.Unlock()
	if lost != nil {
		return lost
	}
	return c.payloads.response(call)
}

// send adds a request, and writes what there is unless another caller does. Like
// gridc's callers it lets the others go first where there are others.
func (c *muxClient) send(n uint32, call *Call) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lost != nil {
		return c.lost
	}
	at := len(c.out)
	var err error
	if c.out, err = c.payloads.request(beginNumbered(c.out, n), call); err != nil {
		c.out = c.out[:at]
		c.lost = err
		return err
	}
	endNumbered(c.out, at)
	if c.writing {
		return nil
	}
	c.writing = true
	if c.flying.Load() > 1 {
		c.mu.Unlock()
		runtime.Gosched()
		c.mu.Lock()
	}
	for len(c.out) > 0 && c.lost == nil {
		b := c.out
		c.out = c.spare[:0]
		c.mu.Unlock()
		_, err := c.conn.Write(b)
		c.mu.Lock()
		c.spare, c.lost = b, errors.Join(c.lost, err)
	}
	c.writing = false
	return c.lost
}

func (c *muxClient) read() {
	r := &muxReader{conn: c.conn, buf: make([]byte, 2*wide)}
	for {
		if err := r.more(); err != nil {
			c.lose(err)
			return
		}
		for m := r.next(); m != nil; m = r.next() {
			n := numberOf(m)
			if n >= uint32(len(c.slots)) {
				c.lose(io.ErrUnexpectedEOF)
				return
			}
			call := c.slots[n].call
			call.buf = append(call.buf[:0], m[muxHead:]...)
			c.slots[n].done <- struct{}{}
		}
	}
}

// lose ends all calls.
func (c *muxClient) lose(err error) {
	c.mu.Lock()
	c.lost = errors.Join(c.lost, err)
	c.mu.Unlock()
	for i := range c.slots {
		select {
		case c.slots[i].done <- struct{}{}:
		default:
		}
	}
}
