package streams

import (
	"sync/atomic"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
)

// streamReader is the reading side's own state: only the goroutine that
// receives touches it.
type streamReader struct {
	buf      []byte // what was taken from the inbox
	large    bufs.Bodies
	Last     []byte // the message with its own buffer that was returned last
	bytes    int    // read since credit was given last
	window   int32  // bytes that the peer may have on the way in all, at most MaxStreamWindow
	at       int32  // into buf
	messages int32  // read since credit was given last

	shown atomic.Int32 // messages, for a glance; kept only while somebody looks
}

// giveBack lets go of the message that was returned last.
func (r *streamReader) giveBack(p *bufs.Pool) {
	if r.Last != nil {
		p.Put(r.Last)
		r.Last = nil
	}
}

// release gives the empty read buffer back.
func (r *streamReader) release(p *bufs.Pool) {
	p.Put(r.buf)
	r.buf, r.at, r.large = nil, 0, bufs.Bodies{}
}
