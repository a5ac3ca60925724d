package websocket

import (
	"fmt"
	"sync/atomic"

	"github.com/gobwas/ws"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
)

// MaxFragments is how many fragments a message may have. A browser cuts a batch of
// 256 KiB into five, a library with a write buffer of 4 KiB into 65.
const MaxFragments = 128

// fragments is the message that comes in fragments. Owned by the reader's role, but for
// since. Only an acceptor joins fragments: what dials may be a browser, which cuts messages
// where it likes; a dialer is answered by a node, which never does.
type fragments struct {
	buf   []byte // pooled; what has come so far, or the message that was returned last
	count int    // fragments that have come; 0: no message is under way

	// since is when the first fragment came, 0 while no message is under way. The
	// Manager's clock reads it, for of a message that is never finished nobody else
	// hears.
	since atomic.Int64
}

// FragmentsSince is when the message began that is coming in fragments, 0 where none is.
// Any goroutine may ask.
func (r *Reader) FragmentsSince() int64 { return r.parts.since.Load() }

// join adds a data frame to the message under way. It returns the message if the frame
// was its last.
func (r *Reader) join(h ws.Header, payload []byte) (message []byte, whole bool) {
	p := &r.parts
	if p.count++; p.count == 1 {
		r.state = r.state.Set(ws.StateFragmented)
		if r.Now != nil {
			p.since.Store(max(1, r.Now()))
		}
	}
	if len(payload) > 0 {
		// A copy: the fragments have headers between them. Only what is no node sends any.
		p.buf = append(bufs.GrowPooled(r.pool, p.buf, len(payload)), payload...)
	}
	if !h.Fin {
		return nil, false
	}
	p.count = 0
	p.since.Store(0)
	r.state = r.state.Clear(ws.StateFragmented)
	return p.buf[:len(p.buf):len(p.buf)], true
}

// checkFragment refuses a frame that brings the message under way past its bounds. Its
// payload may not have come yet.
func (r *Reader) checkFragment(h ws.Header) error {
	switch p := &r.parts; {
	case r.state.ClientSide():
		return fmt.Errorf("%w: a fragmented message, which no acceptor of gridc.v1 sends", ErrWebSocket)
	case p.count == MaxFragments:
		return fmt.Errorf("%w: a message of more than %d fragments", ErrWebSocket, MaxFragments)
	case p.count > 0 && h.Length > int64(r.most-len(p.buf)):
		return fmt.Errorf("%w: a message of %d bytes and more in fragments, at most %d are allowed", ErrWebSocket, int64(len(p.buf))+h.Length, r.most)
	}
	return nil
}

// dropJoined gives back the message that was returned last, if it came in fragments.
func (r *Reader) dropJoined() {
	if r.parts.count == 0 && r.parts.buf != nil {
		r.pool.Put(r.parts.buf)
		r.parts.buf = nil
	}
}

// wholeBuffered reports whether what is buffered goes on to the end of the message whose
// fragment is the first, or to a control frame, which is a message of its own.
func (r *Reader) wholeBuffered() bool {
	rest := r.buf[r.r:r.w]
	for {
		h, n, err := parseWSHeader(rest)
		switch {
		case err != nil || n == 0 || int64(len(rest)-n) < h.Length:
			return false
		case h.Fin:
			return true
		}
		rest = rest[n+int(h.Length):] // fits: compared
	}
}
