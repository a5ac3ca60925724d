package memconn

import (
	"io"
	"net"
	"os"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/poll"
)

var _ poll.ReadyReader = (*Conn)(nil)

// Read implements net.Conn.
func (c *Conn) Read(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		ready, err := c.readableLocked()
		switch {
		case err != nil:
			return 0, c.readError(err)
		case ready || len(b) == 0:
			return c.takeLocked(b), nil
		}
		c.waitReadLocked()
	}
}

// ReadReady implements poll.ReadyReader.
func (c *Conn) ReadReady(get func() []byte, put func([]byte)) (int, error) {
	for {
		if err := c.awaitReadable(); err != nil {
			return 0, c.readError(err)
		}
		// get runs without the lock: it is the caller's code. Bytes may be
		// gone by the time it returns, if the connection broke meanwhile.
		b := get()
		n := c.tryRead(b)
		if n > 0 {
			return n, nil
		}
		put(b)
		if len(b) == 0 {
			return 0, io.ErrShortBuffer
		}
	}
}

// awaitReadable waits until there are bytes or a reason why none will come.
func (c *Conn) awaitReadable() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		if ready, err := c.readableLocked(); ready || err != nil {
			return err
		}
		c.waitReadLocked()
	}
}

// tryRead reads what is there, without waiting.
func (c *Conn) tryRead(b []byte) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ready, err := c.readableLocked(); !ready || err != nil {
		return 0
	}
	return c.takeLocked(b)
}

// readableLocked reports whether bytes can be read now, or why none ever will.
// A deadline in the past fails a read even if there are bytes, as it does on a
// socket.
func (c *Conn) readableLocked() (bool, error) {
	switch {
	case c.closed:
		return false, net.ErrClosed
	case c.failed != nil:
		return false, c.failed
	case c.read.expiredLocked():
		return false, os.ErrDeadlineExceeded
	case c.stalled:
		return false, nil
	}
	c.settleLocked()
	switch {
	case c.in.rst.arrived:
		return false, ConnReset
	case c.in.arrived > 0:
		return true, nil
	case c.in.fin.arrived:
		return false, io.EOF
	}
	return false, nil
}

// takeLocked reads and lets the peer's writers have the room.
func (c *Conn) takeLocked(b []byte) int {
	n := c.in.read(b)
	if n > 0 {
		c.peer.write.cond.Broadcast()
	}
	return n
}

// waitReadLocked waits for the next event that concerns readers.
func (c *Conn) waitReadLocked() {
	var next time.Time
	if !c.stalled {
		next = c.in.next()
	}
	c.read.waitLocked(next)
}

// settleLocked lets arrive what is due at this end.
func (c *Conn) settleLocked() {
	if c.in.pending() {
		c.in.settle(time.Now())
	}
}

// readError wraps err, except for the end of input, which stays itself.
func (c *Conn) readError(err error) error {
	if err == io.EOF {
		return err
	}
	return c.opError("read", err)
}
