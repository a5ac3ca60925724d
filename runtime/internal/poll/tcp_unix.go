//go:build unix

package poll

import (
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// forTCP returns the adapters of a TCP socket. Both go through the runtime's
// poller, so deadlines and Close interrupt them as they interrupt Read.
func forTCP(c *net.TCPConn) (ReadyReader, TryWriter) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, nil // not a live socket
	}
	r := &tcpReader{conn: c, raw: raw}
	r.step = r.tryRead
	w := &tcpWriter{conn: c, raw: raw}
	w.step = w.tryWrite
	return r, w
}

// tcpReader is a BusyPoller. Its fields below busy belong to the running call.
type tcpReader struct {
	conn *net.TCPConn    // for the addresses in errors
	raw  syscall.RawConn // of conn
	step func(fd uintptr) bool
	busy *busyPoll // nil: it was never on

	get func() []byte
	put func([]byte)
	n   int
	err error
}

// BusyPoll implements BusyPoller.
func (r *tcpReader) BusyPoll(on bool) {
	if r.busy == nil {
		start := time.Now()
		r.busy = &busyPoll{now: func() time.Duration { return time.Since(start) }}
	}
	r.busy.turn(on)
}

// ReadReady implements ReadyReader.
func (r *tcpReader) ReadReady(get func() []byte, put func([]byte)) (int, error) {
	r.get, r.put, r.n, r.err = get, put, 0, nil
	err := r.raw.Read(r.step)
	r.get, r.put = nil, nil
	if err == nil {
		err = r.err
	}
	return r.n, err
}

// tryRead is one attempt; false sends the goroutine to the poller.
//
// The first attempt of a call cannot be saved: the runtime forgets an earlier
// readiness when a read begins, and the poller is edge-triggered, so bytes that
// came in between would never be announced. It costs what net.Conn.Read costs.
func (r *tcpReader) tryRead(fd uintptr) bool {
	b := r.get()
	if len(b) == 0 {
		r.put(b)
		r.err = io.ErrShortBuffer
		return true
	}
	n, err := retry(syscall.Read, fd, b)
	if err == syscall.EAGAIN && r.busy != nil {
		r.busy.find(func() bool {
			n, err = retry(syscall.Read, fd, b)
			return err != syscall.EAGAIN
		})
	}
	if n > 0 {
		r.n = n
		return true
	}
	r.put(b)
	switch err {
	case nil:
		r.err = io.EOF
	case syscall.EAGAIN:
		return false
	default:
		r.err = opError("read", r.conn, err)
	}
	return true
}

// tcpWriter is a TryWriter. Its fields below step belong to the running call.
type tcpWriter struct {
	conn *net.TCPConn
	raw  syscall.RawConn
	step func(fd uintptr) bool

	b   []byte
	n   int
	err error
}

// TryWrite implements TryWriter.
func (w *tcpWriter) TryWrite(b []byte) (int, error) {
	w.b, w.n, w.err = b, 0, nil
	err := w.raw.Write(w.step)
	w.b = nil
	if err == nil {
		err = w.err
	}
	return w.n, err
}

// tryWrite is the only attempt: it never sends the goroutine to the poller. A
// socket that took less than it was offered is full.
func (w *tcpWriter) tryWrite(fd uintptr) bool {
	n, err := retry(syscall.Write, fd, w.b)
	if n > 0 {
		w.n = n
	}
	if err != nil && err != syscall.EAGAIN {
		w.err = opError("write", w.conn, err)
	}
	return true
}

// retry runs a system call again for as long as a signal interrupts it.
func retry(call func(int, []byte) (int, error), fd uintptr, b []byte) (int, error) {
	for {
		n, err := call(int(fd), b)
		if err != syscall.EINTR {
			return n, err
		}
	}
}

// opError makes err read, and compare, like an error of the net package.
func opError(op string, c *net.TCPConn, err error) error {
	return &net.OpError{
		Op: op, Net: "tcp", Source: c.LocalAddr(), Addr: c.RemoteAddr(),
		Err: os.NewSyscallError(op, err),
	}
}
