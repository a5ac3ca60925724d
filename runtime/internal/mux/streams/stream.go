package streams

import (
	"context"
	"io"
	"sync/atomic"

	"github.com/gridrpc/gridc/runtime/internal/lanes"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/link"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/observe"
	"github.com/gridrpc/gridc/runtime/status"
)

// Stream is one end of a stream: the client's if client is set, else the
// server's. Its life is this:
//
//	client: opening ─(open frame is in a batch)→ open ─(end from the server, reset, loss)→ over
//	server:            (open frame arrives)    → open ─(handler returned)→ over
//
// The client's half-close does not change the state: it closes one direction. Sending is
// described in send.go, receiving in receive.go, the end of sending in end.go. Any number
// of goroutines may send; one at a time may receive.
//
// Many streams are open and idle, so a Stream holds nothing that few of them need, or need
// briefly: channels are made by who waits, buffers go back to the pool. A Stream has 448
// bytes, which is a size class of the allocator (TestSizeOfAStream).
type Stream struct {
	sender                   // what is sent; guarded by the writer's lock
	H      *handlers.Handler // server: the one that runs; client: what is known here of the one that is called
	Ctx    *handlers.Context // server only
	opener *opener           // client only: whose context is watched, nil: it never ends
	outCap int32             // messages that this end holds unread
	Client bool

	// Server only, owned by the handler's goroutine.
	decoded  bool // its payload went back to the pool
	returned bool // the handler has returned, or never ran
	counted  bool // the end of the stream was counted

	Began atomic.Int64 // manager clock, when it was opened, or its payload had come

	In   inbox // guarded by its own lock
	Read streamReader
}

func NewStream(t *Table, l lanes.Lane, capacity int) *Stream {
	st := &Stream{outCap: int32(min(capacity, wire.MaxCapacity))}
	st.S = t.s
	st.item.Src = st
	st.item.Class = l.Class()
	st.In.init(t, capacity)
	return st
}

// table is where the stream is listed.
func (st *Stream) table() *Table { return st.In.t }

// Open begins a stream from this end. Its frame goes out in its own time; the
// stream can be used at once. The payload is taken over. InCap is how many messages
// the handler holds unread, 0 if it takes none, OutCap how many this end does.
func (t *Table) Open(ctx context.Context, o *Opening, l lanes.Lane, inCap, outCap int) (*Stream, error) {
	s := t.s
	if s.PeerDraining.Load() {
		return nil, link.ErrPeerLeaving
	}
	done := ctx.Done() // code of others, like AfterFunc: before there is anything to be left behind
	st := NewStream(t, l, outCap)
	st.Client, st.H = true, o.Callee
	if o.Told {
		st.tally = new(tally)
	}
	st.Began.Store(o.Began)
	st.opening, o.credit = o, st.outCap
	st.opening.deadline, _ = ctx.Deadline()
	st.TakesInput = inCap > 0
	st.credits, st.window = int32(inCap), s.Agreed.Window
	var by *opener
	if done != nil || o.Want != nil { // 200 bytes less without
		by = st.watchOpener(ctx, o)
	}
	if err := t.AddOpening(st, o); err != nil {
		if by != nil {
			by.stop()
		}
		return nil, err
	}
	if by != nil {
		s.Out.Mu.Lock()
		st.opener = by
		s.Out.Mu.Unlock()
		select {
		case <-done: // which contextEnded may have been too early for
			st.GiveUp(st.ranOut(status.ContextError(ctx)))
		default:
		}
	}
	var taken <-chan struct{}
	if o.Wait {
		taken = t.expectTaken(st)
	}
	if err := st.QueueOpen(ctx, done); err != nil {
		t.remove(st)
		st.detach()
		return nil, err
	}
	if o.Wait {
		if err := st.awaitTaken(ctx, done, taken); err != nil {
			return nil, err
		}
	}
	st.In.handOver(st)
	return st, nil
}

// HandleEnd takes the half-close of the client, or the end of a stream from the
// server. A frame for a stream that is over means nothing.
func (t *Table) HandleEnd(body []byte) error {
	id, w, err := wire.ParseEnd(body)
	if err != nil {
		return err
	}
	st := t.find(id)
	if st == nil {
		return t.checkKnown(id)
	}
	if !st.Client {
		if w != nil {
			return errStreamID(id) // a client gives up by reset
		}
		st.In.finish(st, io.EOF)
		return nil
	}
	if w == nil {
		st.over(io.EOF)
		return nil
	}
	st.over(st.ranOut(w.Received()))
	return nil
}

// HandleReset ends a stream that the peer gave up.
func (t *Table) HandleReset(id uint64, code status.Code) {
	st := t.find(id)
	if st == nil {
		return
	}
	if st.Client {
		st.over(st.ranOut(&status.Error{Code: code, Remote: true, Outcome: status.MayHaveRun, Message: "the server gave the stream up"}))
		return
	}
	end, why := handlers.GaveUp(code)
	if status.IsCutOff(why) {
		why.Message = "the caller broke the stream off: a message is missing"
	}
	st.stopServing(end, why)
}

// over ends a client's stream because the server ended it. What the server sent before
// can still be received.
func (st *Stream) over(err error) {
	if st.stopSending(err) { // else it was given up before, and the reason for that stands
		st.In.finish(st, err)
	}
	st.table().remove(st)
	st.forgetLarge(st.id)
}

// Outcome is NotSent while the open frame of a client's stream is not in a batch, else
// MayHaveRun.
func (st *Stream) Outcome() status.Outcome {
	w := &st.S.Out
	w.Mu.Lock()
	defer w.Mu.Unlock()
	if st.opened {
		return status.MayHaveRun
	}
	return status.NotSent
}

// Figures is what was counted of a client's stream that was opened as Told.
func (st *Stream) Figures() (end observe.CallEnd) {
	st.tally.fill(&end)
	return end
}
