package faults

import (
	"net"
	"sync"
	"sync/atomic"
)

// buffered is the size that the proxy asks for its kernel buffers: small, so that
// a throttled link pushes back soon.
const buffered = 64 << 10

// pair is one connection through a proxy: a socket to each end, and a pipe for
// each direction.
type pair struct {
	pipes [2]*pipe
	over  chan struct{} // closed when nothing is to be forwarded any more
	once  sync.Once
	isCut atomic.Bool // bytes are read and dropped until the ends close
}

func newPair(p *Proxy, near, far *net.TCPConn) *pair {
	x := &pair{over: make(chan struct{})}
	for _, c := range []*net.TCPConn{near, far} {
		_ = c.SetReadBuffer(buffered) // a wish: the link is less tight without
		_ = c.SetWriteBuffer(buffered)
	}
	x.pipes[Up] = newPipe(p, x, Up, near, far)
	x.pipes[Down] = newPipe(p, x, Down, far, near)
	return x
}

// run moves bytes until both directions have ended, then closes both sockets.
func (x *pair) run() {
	var work sync.WaitGroup
	for _, d := range x.pipes {
		work.Go(d.read)
		work.Go(d.write)
	}
	work.Wait()
	x.pipes[Up].from.Close()
	x.pipes[Up].to.Close()
}

// cut ends the connection whatever the weather is.
func (x *pair) cut(how Cut) {
	x.isCut.Store(true)
	x.end()
	for _, d := range x.pipes {
		if how == RST {
			reset(d.to)
		} else {
			_ = d.to.CloseWrite() // it may be closed already
		}
	}
}

// end stops the writing halves; the reading ones go on until their ends close.
func (x *pair) end() { x.once.Do(func() { close(x.over) }) }

// other is the pipe of the opposite direction.
func (x *pair) other(d Direction) *pipe { return x.pipes[1-d] }
