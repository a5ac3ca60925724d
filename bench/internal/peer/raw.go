package peer

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
)

// The raw peers are the limit that a connection sets: messages and nothing else.
// Calls are answered in order, so that no call needs a number, and a stream is a
// connection of its own. The first message of a connection says what it is for.

// link carries messages. One goroutine may read while another writes.
type link interface {
	// read reads one message into buf, which grows if it must.
	read(buf []byte) ([]byte, error)
	// write buffers one message of two parts; nothing is kept.
	write(head, body []byte) error
	flush() error
	// pending tells whether more input is there already.
	pending() bool
	// widen gives the link buffers for traffic in bulk.
	widen()
	Close() error
}

// The modes of a connection.
const (
	modeSerial    = 's' // calls, one at a time
	modePipelined = 'p' // calls, many at a time
	modeDown      = 'd' // then the count and the size
	modeUp        = 'u'
	modeChat      = 'c'
)

// itemHead and endHead begin the messages of a stream.
var itemHead, endHead = []byte{1}, []byte{0}

func serveRaw(upgrade func(net.Conn) (link, error)) func(net.Listener, *tls.Config) (func(), error) {
	return serveEach(func(conn net.Conn) {
		if l, err := upgrade(conn); err == nil {
			_ = serveLink(l) // the client sees the closed connection
		}
	})
}

// serveEach serves each connection in a goroutine of its own, and closes it then.
func serveEach(serve func(net.Conn)) func(net.Listener, *tls.Config) (func(), error) {
	return func(ln net.Listener, secure *tls.Config) (func(), error) {
		ln = secured(ln, secure)
		go func() {
			for {
				conn, err := ln.Accept()
				if err != nil {
					return
				}
				go func() {
					defer conn.Close()
					serve(conn)
				}()
			}
		}()
		return func() { ln.Close() }, nil
	}
}

func serveLink(l link) error {
	mode, err := l.read(nil)
	if err != nil || len(mode) == 0 {
		return errors.Join(err, io.ErrUnexpectedEOF)
	}
	if mode[0] != modeSerial {
		l.widen()
	}
	st := &rawStream{l: l}
	switch mode[0] {
	case modeDown:
		count, size := binary.LittleEndian.Uint64(mode[1:]), binary.LittleEndian.Uint32(mode[9:])
		return errors.Join(sendItems(count, int(size), st.put), st.CloseSend())
	case modeUp:
		count, bytes, err := countItems(st.Recv)
		total := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, count), bytes)
		return errors.Join(err, l.write(total, nil), l.flush())
	case modeChat:
		return errors.Join(returnItems(st.Recv, st.reply), st.CloseSend())
	}
	return answerCalls(l)
}

func answerCalls(l link) error {
	var buf []byte
	for {
		var err error
		if buf, err = l.read(buf); err != nil {
			return err
		}
		if err := l.write(buf, nil); err != nil {
			return err
		}
		if !l.pending() {
			if err := l.flush(); err != nil {
				return err
			}
		}
	}
}

// rawDialer opens links to one server.
type rawDialer struct {
	to   Target
	open func(ctx context.Context, to Target) (link, error)
}

func rawDialing(open func(context.Context, Target) (link, error)) func(Target) (Dialer, error) {
	return func(to Target) (Dialer, error) { return &rawDialer{to, open}, nil }
}

func (d *rawDialer) Close() {}

func (d *rawDialer) Dial(ctx context.Context) (Client, error) {
	mode := modePipelined
	if d.to.Flight <= 1 {
		mode = modeSerial
	}
	l, err := d.start(ctx, []byte{byte(mode)})
	if err != nil {
		return nil, err
	}
	c := &rawClient{dialer: d, l: l}
	if mode == modePipelined {
		c.calls = make(chan *rawCall, 4096)
		go c.readLoop()
	}
	return c, nil
}

// start opens a link for a mode.
func (d *rawDialer) start(ctx context.Context, mode []byte) (link, error) {
	l, err := d.open(ctx, d.to)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(l.write(mode, nil), l.flush()); err != nil {
		return nil, err
	}
	if mode[0] != modeSerial {
		l.widen()
	}
	return l, nil
}

type rawClient struct {
	dialer *rawDialer
	l      link

	mu      sync.Mutex // the right to write
	writers atomic.Int32
	calls   chan *rawCall // in the order of their requests; nil for one call at a time
	head    []byte        // guarded by mu
}

type rawCall struct {
	*Call
	done chan error
}

var rawCalls = sync.Pool{New: func() any { return &rawCall{done: make(chan error, 1)} }}

func (c *rawClient) Close() { c.l.Close() }

func (c *rawClient) Echo(_ context.Context, call *Call) error {
	if c.calls == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		if err := errors.Join(c.put(call), c.l.flush()); err != nil {
			return err
		}
		return c.take(call)
	}
	p := rawCalls.Get().(*rawCall)
	p.Call = call
	if err := c.send(p); err != nil {
		return err
	}
	err := <-p.done
	rawCalls.Put(p)
	return err
}

// send writes the request of p; the last of several writers flushes.
func (c *rawClient) send(p *rawCall) error {
	c.writers.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls <- p
	err := c.put(p.Call)
	if c.writers.Add(-1) == 0 && err == nil {
		err = c.l.flush()
	}
	return err
}

func (c *rawClient) put(call *Call) error {
	c.head = append(append(c.head[:0], byte(len(call.Text))), call.Text...)
	return c.l.write(c.head, call.Data)
}

// take reads the answer of call into its own memory.
func (c *rawClient) take(call *Call) error {
	got, err := c.l.read(call.buf)
	if err != nil {
		return err
	}
	if len(got) == 0 || len(got) < 1+int(got[0]) {
		return fmt.Errorf("an answer of %d bytes", len(got))
	}
	n := 1 + int(got[0])
	call.buf, call.GotText, call.GotData = got, string(got[1:n]), got[n:]
	return nil
}

func (c *rawClient) readLoop() {
	for p := range c.calls {
		p.done <- c.take(p.Call)
	}
}

func (c *rawClient) Down(ctx context.Context, count uint64, size int) (Receiver, error) {
	mode := binary.LittleEndian.AppendUint64([]byte{modeDown}, count)
	return c.stream(ctx, binary.LittleEndian.AppendUint32(mode, uint32(size)))
}

func (c *rawClient) Up(ctx context.Context) (Upload, error) {
	return c.stream(ctx, []byte{modeUp})
}

func (c *rawClient) Chat(ctx context.Context) (Chat, error) {
	st, err := c.stream(ctx, []byte{modeChat})
	if err != nil {
		return nil, err
	}
	if c.dialer.to.Flight > 1 {
		return st, nil
	}
	return rawChat{st}, nil
}

func (c *rawClient) stream(ctx context.Context, mode []byte) (*rawStream, error) {
	l, err := c.dialer.start(ctx, mode)
	if err != nil {
		return nil, err
	}
	return &rawStream{l: l}, nil
}

// rawStream is one side of a stream.
type rawStream struct {
	l   link
	buf []byte
}

func (s *rawStream) put(data []byte) error { return s.l.write(itemHead, data) }

// Send leaves it to the end to flush: nobody waits for a single message.
func (s *rawStream) Send(data []byte) error { return s.put(data) }

func (s *rawStream) reply(data []byte) error {
	if err := s.put(data); err != nil || s.l.pending() {
		return err
	}
	return s.l.flush()
}

func (s *rawStream) CloseSend() error { return errors.Join(s.l.write(endHead, nil), s.l.flush()) }

func (s *rawStream) Recv() ([]byte, error) {
	got, err := s.l.read(s.buf)
	if err != nil {
		return nil, err
	}
	s.buf = got
	if len(got) == 0 || got[0] == endHead[0] {
		return nil, io.EOF
	}
	return got[1:], nil
}

func (s *rawStream) Finish() (count, bytes uint64, err error) {
	defer s.Close()
	if err := s.CloseSend(); err != nil {
		return 0, 0, err
	}
	total, err := s.l.read(s.buf)
	if err != nil || len(total) != 16 {
		return 0, 0, errors.Join(err, fmt.Errorf("a total of %d bytes", len(total)))
	}
	return binary.LittleEndian.Uint64(total), binary.LittleEndian.Uint64(total[8:]), nil
}

func (s *rawStream) Close() { s.l.Close() }

// rawChat flushes each message, because the caller waits for its answer.
type rawChat struct{ *rawStream }

func (c rawChat) Send(data []byte) error { return errors.Join(c.put(data), c.l.flush()) }

// grown returns buf with a length of n.
func grown(buf []byte, n int) []byte { return slices.Grow(buf[:0], n)[:n] }
