package duel_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"sync"

	grid "github.com/gridrpc/gridc/runtime"
)

// maxDuelTasks is how many calls and streams a program may begin.
const maxDuelTasks = 40

// duelTask is a call or a stream of one of the nodes.
type duelTask struct {
	number  uint64
	handler grid.HandlerID
	payload []byte
	cancel  context.CancelFunc

	// Of calls, once they are over.
	outcomes int
	reply    []byte
	err      error // of streams too: nil after io.EOF

	// Of streams.
	sends   chan int      // sizes of messages to send; nil once the input is closed
	permits chan struct{} // to receive; closed: as many as come
	reading bool          // permits are not closed
	closed  bool          // the input was ended
	sent    int
	got     [][]byte
}

// message is the nth message of a stream.
func (t *duelTask) message(n, size int) []byte {
	b := bytes.Repeat([]byte{byte(t.number), byte(n)}, (size+1)/2)[:size]
	return append(binary.BigEndian.AppendUint64(nil, t.number<<32|uint64(n)), b...)
}

// newTask numbers a task, unless there are enough.
func (d *duel) newTask(handler grid.HandlerID, size int) (*duelTask, context.Context) {
	if len(d.all) == maxDuelTasks {
		return nil, nil
	}
	t := &duelTask{number: uint64(len(d.all) + 1), handler: handler}
	t.payload = append(binary.BigEndian.AppendUint64(nil, t.number), make([]byte, size)...)
	ctx, cancel := context.WithCancel(context.Background())
	t.cancel = cancel
	d.all = append(d.all, t)
	return t, ctx
}

// opCall begins a call.
func (d *duel) opCall() {
	from, handler, size := d.side(), duelCalls[int(d.next())%len(duelCalls)], d.size(1)
	t, ctx := d.newTask(handler, size)
	if t == nil {
		return
	}
	c, payload := d.mesh.Connection(names[from], names[1-from]), bytes.Clone(t.payload)
	d.tasks.Go(func() {
		reply, err := c.Request(ctx, handler, payload)
		t.outcomes++
		t.reply, t.err = reply, err
	})
}

// opOpen opens a stream.
func (d *duel) opOpen() {
	from, handler := d.side(), duelStreams[int(d.next())%len(duelStreams)]
	t, ctx := d.newTask(handler, 0)
	if t == nil {
		return
	}
	c := d.mesh.Connection(names[from], names[1-from])
	t.sends, t.permits, t.reading = make(chan int, 256), make(chan struct{}, 256), true
	sends := t.sends
	d.tasks.Go(func() {
		t.err = t.converse(ctx, c, sends)
		t.outcomes++
	})
}

// converse opens the stream, sends and receives as it is told, and returns how it
// ended.
func (t *duelTask) converse(ctx context.Context, c *grid.Connection, sends <-chan int) error {
	st, err := grid.NewStreamingHandler(t.handler, grid.NewBytes, grid.NewBytes, grid.NewBytes, grid.WithCapacity(4, 4)).Open(ctx, c, grid.NewBytesWith(bytes.Clone(t.payload)))
	if err != nil {
		return err
	}
	var sending sync.WaitGroup
	defer sending.Wait()
	ended := make(chan struct{})
	defer close(ended)
	sending.Go(func() { t.sendAll(st, sends, ended) })
	for {
		select {
		case <-t.permits:
		case <-ctx.Done(): // recv says so
		}
		m, err := st.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		t.got = append(t.got, *m)
	}
}

// sendAll sends what it is told, until the input or the stream has ended.
func (t *duelTask) sendAll(st *grid.Duplex[*grid.Bytes, *grid.Bytes], sends <-chan int, ended <-chan struct{}) {
	for {
		select {
		case size, more := <-sends:
			if !more {
				st.CloseSend() // the reason of a failure is what Recv says
				return
			}
			if st.Send(grid.NewBytesWith(t.message(t.sent, size))) != nil {
				return
			}
			t.sent++
		case <-ended:
			return
		}
	}
}

// send, recv and closeSend are told to a stream by the program. What it has no
// room for is left out.
func (t *duelTask) send(count, size int) {
	for range count {
		select {
		case t.sends <- size:
		default: // also once the input is closed
			return
		}
	}
}

func (t *duelTask) recv(count int) {
	for range count {
		if !t.reading {
			return
		}
		select {
		case t.permits <- struct{}{}:
		default:
			return
		}
	}
}

func (t *duelTask) closeSend() {
	if t.sends != nil {
		close(t.sends)
		t.sends, t.closed = nil, true
	}
}

// finish lets a task end by itself, where it would.
func (t *duelTask) finish() {
	if t.permits == nil {
		return
	}
	t.closeSend()
	if t.handler == duelStreams[2] {
		t.cancel() // it has no end
	}
	t.reading = false
	close(t.permits)
}
