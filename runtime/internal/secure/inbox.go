package secure

import (
	"io"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/poll"
)

// inbox is ciphertext that has been read ahead of the tls.Conn. It holds a buffer only
// while there are bytes in it.
type inbox struct {
	pool *bufs.Pool
	buf  []byte
	r, w int   // unread bytes are buf[r:w]
	size int   // of the next buffer
	end  error // io.EOF once the peer has written its last byte
	at   frame // where the tls.Conn is

	take func() []byte
	drop func([]byte)
}

const (
	// usualRead is how much is read ahead at once. crypto/tls itself reads little more than the
	// record at hand: 500 waiting records of 200 bytes are 63 reads.
	usualRead = 64<<10 + bufs.FrameSlack
	// bulkRead is the same after a read that filled its buffer.
	bulkRead = 256<<10 + bufs.FrameSlack
)

func (x *inbox) init(pool *bufs.Pool) {
	x.pool, x.size = pool, usualRead
	x.take = func() []byte {
		x.buf = bufs.Usable(pool.Get(x.size))
		return x.buf
	}
	x.drop = func([]byte) { x.release() }
}

func (x *inbox) release() {
	x.pool.Put(x.buf)
	x.buf, x.r, x.w = nil, 0, 0
}

// empty reports whether the tls.Conn has all that has come.
func (x *inbox) empty() bool { return x.r == x.w }

// await waits until the socket has something to say and reads it. Only while the
// inbox is empty.
func (x *inbox) await(ready poll.ReadyReader) error {
	n, err := ready.ReadReady(x.take, x.drop)
	switch {
	case err == io.EOF:
		x.end = err // the tls.Conn knows whether it is in the middle of a record
		return nil
	case err != nil:
		return err
	}
	x.r, x.w = 0, n
	switch {
	case n == len(x.buf):
		x.size = bulkRead
	case n < len(x.buf)/8:
		x.size = usualRead
	}
	return nil
}

// read is Read of the tls.Conn. It gives no more than the record at hand, so that the tls.Conn never
// holds another one: otherwise it would have to be asked for one after each read, which takes an
// allocation.
func (x *inbox) read(b []byte) (int, error) {
	if x.empty() {
		if x.end != nil {
			return 0, x.end
		}
		return 0, errNothingYet
	}
	unread := x.buf[x.r:x.w]
	// A copy: the tls.Conn decrypts a record in memory of its own. Reading ahead saves a system call, or two, for each record.
	n := copy(b, unread[:x.at.rest(unread)])
	x.at.pass(unread[:n])
	if x.r += n; x.r == x.w {
		x.release()
	}
	return n, nil
}

// errNothingYet tells a tls.Conn that it would have to wait. What it holds of a record it
// keeps for the next time: an error that is temporary is not the end of it.
var errNothingYet error = nothingYet{}

type nothingYet struct{}

func (nothingYet) Error() string   { return "nothing to read yet" }
func (nothingYet) Timeout() bool   { return true }
func (nothingYet) Temporary() bool { return true }
