package memconn

import (
	"net"
	"time"
)

// Close implements net.Conn: the peer reads what was written and then io.EOF,
// and its writes fail once it has the news.
func (c *Conn) Close() error {
	return c.close(func(now time.Time) {
		c.out.end(&c.out.fin, now)
		c.out.end(&c.out.gone, now)
	})
}

// Reset closes c abruptly: bytes that have not arrived are lost, and every
// operation of the peer fails with ECONNRESET once it has the news.
func (c *Conn) Reset() error {
	return c.close(c.out.abort)
}

func (c *Conn) close(end func(now time.Time)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.opError("close", net.ErrClosed)
	}
	c.closed = true
	if c.failed == nil {
		c.leaveLocked(end)
	}
	return nil
}

// CloseWrite ends the outgoing direction alone: the peer reads what was
// written and then io.EOF, and may go on writing.
func (c *Conn) CloseWrite() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return c.opError("close", net.ErrClosed)
	case c.failed != nil:
		return c.opError("close", c.failed)
	}
	c.out.end(&c.out.fin, time.Now())
	c.write.cond.Broadcast()
	c.peer.wakeLocked()
	return nil
}

// Kill breaks c as the network, or a crash of its host, would: what c does
// fails with ECONNRESET at once, and the peer learns of it as after Reset. An
// end that is closed already stays as it is.
func (c *Conn) Kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.endedLocked() {
		return
	}
	c.failed = ConnReset
	c.leaveLocked(c.out.abort)
}

// leaveLocked is the last act of an end.
func (c *Conn) leaveLocked(end func(now time.Time)) {
	end(time.Now())
	c.in.drop()
	if c.peer.endedLocked() {
		c.out.drop() // nobody is left to read it
	}
	c.read.stopLocked()
	c.write.stopLocked()
	c.peer.wakeLocked()
}

func (c *Conn) endedLocked() bool { return c.closed || c.failed != nil }

// wakeLocked makes everyone who waits at c look again.
func (c *Conn) wakeLocked() {
	c.read.cond.Broadcast()
	c.write.cond.Broadcast()
}
