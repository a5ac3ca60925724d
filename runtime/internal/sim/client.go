package sim

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// begin makes the context of a call or stream.
func begin(id uint64, wait bool, timeout, cancelAfter time.Duration) (context.Context, context.CancelFunc) {
	ctx := withID(context.Background(), id)
	if wait {
		ctx = grid.WaitForReady(ctx)
	}
	cancels := []context.CancelFunc{}
	if timeout > 0 {
		next, cancel := context.WithTimeout(ctx, timeout)
		ctx, cancels = next, append(cancels, cancel)
	}
	ctx, cancel := context.WithCancel(ctx)
	cancels = append(cancels, cancel)
	if cancelAfter > 0 {
		timer := time.AfterFunc(cancelAfter, cancel)
		cancels = append(cancels, func() { timer.Stop() })
	}
	return ctx, func() {
		for _, cancel := range cancels {
			cancel()
		}
	}
}

// warm makes calls of no account, until one takes long or fails.
func warm(conn *grid.Connection, n int) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	for range n {
		if _, err := conn.Request(ctx, idProbe, nil); err != nil {
			return
		}
	}
}

// call makes one call of the plan when its time has come.
func (w *world) call(call *Call) {
	time.Sleep(call.At - time.Since(w.start))
	conn := w.connection(call.From, call.To)
	warm(conn, call.Warm)
	timeout := call.Timeout
	var opts []grid.HandlerOption
	if call.OfHandler {
		timeout, opts = 0, append(opts, grid.WithTimeout(timeout))
	}
	ctx, cancel := begin(call.ID, call.Wait, timeout, call.CancelAfter)
	defer cancel()
	payload := fill(call.ID, asRequest, 0, call.Size)
	w.note(func() { call.Submitted = w.now() })
	var reply []byte
	var err error
	if call.Bytes {
		reply, err = conn.Request(ctx, call.Handler, payload)
	} else {
		var resp *grid.Bytes
		if resp, err = newSingle(call.Handler, opts...).Call(ctx, conn, grid.NewBytesWith(payload)); err == nil {
			reply = *resp
		}
	}
	if !isFill(payload, call.ID, asRequest, 0, call.Size) {
		w.odd("the payload of a call was changed")
	}
	whose := asReply
	if call.Handler == idMirror {
		whose = asRequest
	}
	w.note(func() {
		call.Ended = w.now()
		call.Outcomes++
		call.Failure = failureOf(err)
		call.Matched = err == nil && isFill(reply, call.ID, whose, 0, call.Reply)
	})
}

// client is the client's side of a stream of any shape; nil functions where it
// has no such side.
type client struct {
	in        input
	out       output
	closeSend func()
	failed    func() // nil, or told of a send that failed
	leave     func()
}

// stream opens one stream of the plan when its time has come, and sees it to its
// end.
func (w *world) stream(st *Stream) {
	time.Sleep(st.At - time.Since(w.start))
	ctx, cancel := begin(st.ID, st.Wait, st.Timeout, st.CancelAfter)
	defer cancel()
	w.note(func() { st.Submitted = w.now() })
	c, err := w.open(ctx, st)
	if err == nil {
		err = w.attend(ctx, cancel, st, c)
	}
	w.note(func() {
		st.Ended = w.now()
		st.Endings++
		st.Failure = failureOf(err)
		st.EOF = err == io.EOF
	})
}

// errLeft is the end of a stream that the client has left.
var errLeft = errors.New("the client left")

// attend sends and receives until the end, and returns it.
func (w *world) attend(ctx context.Context, cancel context.CancelFunc, st *Stream, c *client) error {
	var sending sync.WaitGroup
	defer sending.Wait()
	defer cancel()
	if c.out != nil {
		sending.Go(func() {
			err := w.sendAll(ctx, st, &st.Client, fromClient, st.Up, c.out)
			switch {
			case err == nil && !st.HalfOpen:
				w.note(func() { st.Client.Closed = true })
				c.closeSend()
			case err != nil && c.failed != nil:
				c.failed()
			}
		})
	}
	for {
		msg, err := c.in(ctx)
		if err != nil {
			return err
		}
		received := 0
		w.note(func() {
			st.Client.Received = append(st.Client.Received, st.number(msg, fromServer))
			received = len(st.Client.Received)
		})
		if received == st.LeaveAfter {
			w.note(func() { st.Left = true })
			c.leave()
			return errLeft
		}
		if until(ctx, st.ClientPause) != nil {
			continue // the next receive says why
		}
	}
}

// open opens a stream of any shape.
func (w *world) open(ctx context.Context, st *Stream) (*client, error) {
	conn := w.connection(st.From, st.To)
	payload := fill(st.ID, asPayload, 0, st.Payload)
	switch st.Shape {
	case Duplex:
		d, err := w.duplex(st.Lane).Open(ctx, conn, grid.NewBytesWith(payload))
		if err != nil {
			return nil, err
		}
		return &client{in: typedInput(d), out: typedOutput(d), closeSend: func() { _ = d.CloseSend() }, leave: d.Close}, nil
	case Down:
		r, err := w.down(st.Lane).OpenReceiver(ctx, conn, grid.NewBytesWith(payload))
		if err != nil {
			return nil, err
		}
		return &client{in: typedInput(r), leave: r.Close}, nil
	case Up:
		u, err := w.up(st.Lane).OpenUpload(ctx, conn, grid.NewBytesWith(payload))
		if err != nil {
			return nil, err
		}
		return w.uploader(st, u), nil
	case Silent:
		p, err := w.silent(st.Lane).OpenPending(ctx, conn, grid.NewBytesWith(payload))
		if err != nil {
			return nil, err
		}
		return &client{in: waitOnly(p.Wait)}, nil
	}
	return openChannels(ctx, conn, payload)
}

// uploader makes an Upload look like the other shapes: its one input is the end.
func (w *world) uploader(st *Stream, u *grid.Upload[*grid.Bytes]) *client {
	sent := make(chan struct{})
	in := func(ctx context.Context) ([]byte, error) {
		select {
		case <-sent:
			return nil, endOf(u.Finish())
		case <-ctx.Done():
			w.note(func() { st.Left = true }) // Finish would say that the input is complete
			u.Close()
			return nil, errLeft
		}
	}
	done := func() { close(sent) }
	return &client{in: in, out: typedOutput(u), closeSend: done, failed: done}
}

// waitOnly makes the end of a stream without messages the one thing to receive.
func waitOnly(wait func() error) input {
	return func(context.Context) ([]byte, error) { return nil, endOf(wait()) }
}

func endOf(err error) error {
	if err == nil {
		return io.EOF
	}
	return err
}

func openChannels(ctx context.Context, conn *grid.Connection, payload []byte) (*client, error) {
	s, err := conn.NewStream(ctx, idChannels, payload)
	if err != nil {
		return nil, err
	}
	in := func(ctx context.Context) ([]byte, error) {
		r, ok := <-s.Responses
		switch {
		case !ok && ctx.Err() != nil:
			return nil, ctx.Err() // the error had nobody who waited for it
		case !ok:
			return nil, io.EOF
		}
		return r.Msg, r.Err
	}
	out := func(ctx context.Context, b []byte) error {
		select {
		case s.Requests <- b:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return &client{in: in, out: out, closeSend: func() { close(s.Requests) }, leave: func() {}}, nil
}
