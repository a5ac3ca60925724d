package peer

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
)

// The mux is the least that carries many calls over one connection: a number and
// the bytes, requests and answers gathered into one write as gridc gathers them.
// No codec, no handler, no deadline, no flow control, no WebSocket, no checksum. It
// is the limit of a multiplexer, as tcp is that of a socket.
var muxPeer = Peer{
	Name:   "mux",
	About:  "the least that carries many calls over one TCP connection: numbered payloads, gathered into one write; no codec, no deadlines, no flow control",
	Module: "std",
	Serve: serveEach(func(conn net.Conn) {
		_ = answerNumbered(conn) // the client sees the closed connection
	}),
	Dialer:    func(to Target) (Dialer, error) { return muxDialer(to), nil },
	NoStreams: true,
}

// muxHead is the length of what follows the length itself, and the number.
const muxHead = 8

// muxReader cuts what arrives into numbered payloads.
type muxReader struct {
	conn net.Conn
	buf  []byte
	rest []byte // of buf: not cut yet
}

// more reads at least one whole message.
func (r *muxReader) more() error {
	have := copy(r.buf, r.rest)
	for {
		n, err := r.conn.Read(r.buf[have:])
		if err != nil {
			return err
		}
		have += n
		r.rest = r.buf[:have]
		need := muxHead
		if have >= muxHead {
			need = 4 + int(binary.LittleEndian.Uint32(r.buf))
		}
		switch {
		case need > maxMessage:
			return fmt.Errorf("a message of %d bytes", need)
		case have >= need:
			return nil
		case need > len(r.buf):
			r.buf = append(r.buf, make([]byte, need)...)
		}
	}
}

// next returns the next message that is there in whole, with its head, or nil.
func (r *muxReader) next() []byte {
	if len(r.rest) < muxHead {
		return nil
	}
	n := 4 + int(binary.LittleEndian.Uint32(r.rest))
	if n < muxHead || n > len(r.rest) {
		return nil
	}
	m := r.rest[:n]
	r.rest = r.rest[n:]
	return m
}

// answerNumbered returns all that arrives, in one write for each read.
func answerNumbered(conn net.Conn) error {
	r := &muxReader{conn: conn, buf: make([]byte, 2*wide)}
	var out []byte
	for {
		if err := r.more(); err != nil {
			return err
		}
		out = out[:0]
		for m := r.next(); m != nil; m = r.next() {
			out = append(out, m...)
		}
		if _, err := conn.Write(out); err != nil {
			return err
		}
	}
}

type muxDialer Target

func (muxDialer) Close() {}

func (d muxDialer) Dial(ctx context.Context) (Client, error) {
	conn, err := Target(d).dial(ctx)
	if err != nil {
		return nil, err
	}
	c := &muxClient{conn: conn, slots: make([]muxSlot, d.Flight), free: make(chan uint32, d.Flight)}
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
	conn   net.Conn
	slots  []muxSlot
	free   chan uint32
	flying atomic.Int32

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
	if err := c.send(n, call.Data); err != nil {
		return err
	}
	<-slot.done
	c.flying.Add(-1)
	c.free <- n
	c.mu.Lock()
	defer c.mu.Unlock()
	call.GotText, call.GotData = call.Text, call.buf
	return c.lost
}

// send adds a request, and writes what there is unless another caller does. Like
// gridc's callers it lets the others go first where there are others.
func (c *muxClient) send(n uint32, data []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lost != nil {
		return c.lost
	}
	c.out = binary.LittleEndian.AppendUint32(c.out, uint32(len(data)+4))
	c.out = append(binary.LittleEndian.AppendUint32(c.out, n), data...)
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
			n := binary.LittleEndian.Uint32(m[4:])
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
