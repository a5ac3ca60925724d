package poll

import "net"

// ReadyReader waits for bytes first and asks for a buffer afterwards, so that
// an idle session holds none.
type ReadyReader interface {
	// ReadReady waits until the connection is readable, closed, or past its
	// read deadline, and then reads once into the slice that get returns.
	//
	// get is called when there is reason to believe that bytes are there. If
	// there were none after all, the slice goes back through put and the
	// wait goes on, so both may run several times; each get is followed by a
	// put, except the last before a successful return. On success n > 0,
	// err is nil, and the first n bytes of the last slice are filled. On
	// failure n is 0, no slice is left with the connection, and err is io.EOF
	// at the end of input, io.ErrShortBuffer for an empty slice, or what
	// Read would have said.
	//
	// One goroutine at a time. get and put must neither wait nor use the
	// connection.
	ReadReady(get func() []byte, put func([]byte)) (n int, err error)
}

// TryWriter writes without waiting.
type TryWriter interface {
	// TryWrite hands over as much of b as fits now and never waits for room:
	// n < len(b) with a nil error means that the connection is full, and that
	// Write is the way to wait for room. A write deadline in the past fails
	// it, like any write.
	//
	// One goroutine at a time, and not beside a running Write.
	TryWrite(b []byte) (n int, err error)
}

// Layer is a connection above another.
type Layer interface {
	// Beneath returns the socket. Its bytes are not those of the connection.
	Beneath() net.Conn
}

// Beneath returns the socket that a connection stands on, or the connection itself.
func Beneath(c net.Conn) net.Conn {
	if l, ok := c.(Layer); ok {
		return l.Beneath()
	}
	return c
}

// For returns what c can do: c itself if it implements the interfaces, an
// adapter for a TCP socket where the operating system allows it, and otherwise
// nil. Each of the two may be nil alone. Call it once for a connection and keep
// the result; the calls themselves allocate nothing.
func For(c net.Conn) (ReadyReader, TryWriter) {
	if tcp, ok := c.(*net.TCPConn); ok {
		return forTCP(tcp)
	}
	r, _ := c.(ReadyReader)
	w, _ := c.(TryWriter)
	return r, w
}
