package memconn

import (
	"net"
	"os"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/poll"
)

var _ poll.TryWriter = (*Conn)(nil)

// Write implements net.Conn. When it fails, n says how many bytes left before.
func (c *Conn) Write(b []byte) (n int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.beginWriteLocked(); err != nil {
		return 0, c.opError("write", err)
	}
	defer c.endWriteLocked()
	for {
		if err := c.writableLocked(); err != nil {
			return n, c.opError("write", err)
		}
		n += c.giveLocked(b[n:])
		if n == len(b) {
			return n, nil
		}
		c.waitWriteLocked()
	}
}

// TryWrite implements poll.TryWriter.
func (c *Conn) TryWrite(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.writableLocked(); err != nil {
		return 0, c.opError("write", err)
	}
	if c.writing {
		return 0, nil // a Write waits for room, so there is none
	}
	return c.giveLocked(b), nil
}

// beginWriteLocked waits for the turn to write.
func (c *Conn) beginWriteLocked() error {
	for c.writing {
		if err := c.writableLocked(); err != nil {
			return err
		}
		c.waitWriteLocked()
	}
	c.writing = true
	return nil
}

func (c *Conn) endWriteLocked() {
	c.writing = false
	c.write.cond.Broadcast()
}

// writableLocked returns why nothing can be written any more, or nil: then
// there may or may not be room.
func (c *Conn) writableLocked() error {
	switch {
	case c.closed:
		return net.ErrClosed
	case c.failed != nil:
		return c.failed
	case c.write.expiredLocked():
		return os.ErrDeadlineExceeded
	case c.out.fin.sent:
		return BrokenPipe
	case c.stalled:
		return nil
	}
	c.settleLocked()
	switch {
	case c.in.rst.arrived:
		return ConnReset
	case c.in.gone.arrived:
		return BrokenPipe
	}
	return nil
}

// giveLocked writes what fits and wakes the peer's readers.
func (c *Conn) giveLocked(b []byte) int {
	n := c.out.write(b)
	if n > 0 {
		c.peer.read.cond.Broadcast()
	}
	return n
}

// waitWriteLocked waits for the next event that concerns writers: room, or the
// news that the peer has gone.
func (c *Conn) waitWriteLocked() {
	var next time.Time
	if !c.stalled {
		next = c.in.next()
	}
	c.write.waitLocked(next)
}
