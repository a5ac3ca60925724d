package secure

import (
	"io"

	"github.com/gridrpc/gridc/runtime/internal/poll"
)

// ReadReady implements poll.ReadyReader.
func (c *Conn) ReadReady(get func() []byte, put func([]byte)) (int, error) {
	for {
		if c.unread {
			b := get()
			n, err := c.decrypt(b)
			if flood := c.answer(); flood != nil {
				n, err = 0, flood
			}
			if n > 0 {
				return n, nil
			}
			put(b)
			if err != nil {
				return 0, err
			}
		}
		if err := c.socket.in.await(c.socket.ready); err != nil {
			return 0, err
		}
		c.unread = true
	}
}

// BusyPoll implements poll.BusyPoller, if the socket does.
func (c *Conn) BusyPoll(on bool) {
	if busy, ok := c.socket.ready.(poll.BusyPoller); ok {
		busy.BusyPoll(on)
	}
}

// decrypt reads all records that are there, as far as they fit. It returns neither bytes
// nor an error where there is no whole record.
func (c *Conn) decrypt(b []byte) (n int, err error) {
	if len(b) == 0 {
		return 0, io.ErrShortBuffer
	}
	for n < len(b) {
		// A copy: crypto/tls decrypts a record in its own memory, and gives out copies only.
		m, err := c.Conn.Read(b[n:])
		n += m
		switch {
		case err == errNothingYet:
			c.unread, c.synced = false, true
			return n, nil
		case err != nil && n > 0:
			return n, nil // a tls.Conn that has failed says so again
		case err != nil:
			return 0, err
		case n < len(b) && c.synced && c.socket.in.empty():
			c.unread = false
			return n, nil
		}
	}
	return n, nil
}

// answer writes what the tls.Conn had to say for itself while it read: a new key that the
// peer asked for, or what is wrong with a record. If somebody writes at the moment, or
// there is no room, it goes out in front of what is written next. Its error is that of a peer
// that makes too many answers wait.
func (c *Conn) answer() error {
	owed, err := c.socket.out.claimOwed()
	if owed {
		_, _ = c.socket.out.flush(c.socket.try) // who writes next is told
	}
	return err
}

// Read implements net.Conn. Once the session has begun, ReadReady does the same without
// holding a buffer.
func (c *Conn) Read(b []byte) (int, error) {
	if !c.socket.live.Load() {
		return c.Conn.Read(b)
	}
	if len(b) == 0 {
		return 0, nil
	}
	return c.ReadReady(func() []byte { return b }, func([]byte) {})
}
