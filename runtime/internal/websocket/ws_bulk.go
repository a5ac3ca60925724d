package websocket

import (
	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/poll"
)

// bulkBuffer is the capacity of a reader's buffer while chunks come: several
// batches in one read. Calls of 1 MiB, 16 in flight, have 15 reads instead of 38 then
// and take a tenth less CPU (bench, cell echo/1MiB/16).
const bulkBuffer = 256<<10 + bufs.FrameSlack

// bulkReads is how many reads without chunks, or room for them, tell that there are no more.
const bulkReads = 16

// ExpectBulk takes larger buffers for the next reads, and does not wait for them at once. A
// connection that cannot tell when it is readable holds its buffer while it is idle: there it
// changes nothing.
func (r *Reader) ExpectBulk() {
	if r.Ready != nil {
		r.bulk, r.size = bulkReads, bulkBuffer
		r.ExpectSoon()
	}
}

// ExpectSoon does not wait at once in the next reads, if the connection can do so: what
// comes, room for chunks perhaps, is what a large message waits for.
func (r *Reader) ExpectSoon() {
	if r.soon == 0 {
		r.busyPoll(true)
	}
	r.soon = bulkReads
}

func (r *Reader) busyPoll(on bool) {
	if busy, ok := r.Ready.(poll.BusyPoller); ok {
		busy.BusyPoll(on)
	}
}

// countRead counts a read, until the usual ways are good enough again.
func (r *Reader) countRead() {
	if r.bulk > 0 {
		if r.bulk--; r.bulk == 0 {
			r.size = readBuffer
		}
	}
	if r.soon > 0 {
		if r.soon--; r.soon == 0 {
			r.busyPoll(false)
		}
	}
}
