package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// Load makes calls and streams, and takes down what it was told of each.
type Load struct {
	record Recorder
	book   uint64
	next   atomic.Uint64

	mu      sync.Mutex
	overdue []span // from a deadline to the end of a call that came later than promised

	steady  Restarts    // guarded by mu
	leaving atomic.Bool // the node of this load is shutting down
}

// NewLoad returns a load whose ids are in a book of their own.
func NewLoad(r Recorder, book uint64) *Load { return &Load{record: r, book: book} }

// promised is how much later than its deadline a call may end, promise P1.
const promised = 100 * time.Millisecond

// Late returns how many calls ended later than is promised, and how much later than
// its deadline the worst one did, not counting what the process was stalled.
func (l *Load) Late(stalls *Stalls) (n int, worst time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, x := range l.overdue {
		worst = max(worst, x.to.Sub(x.from)-stalls.Between(x.from, x.to))
	}
	return len(l.overdue), worst
}

func (l *Load) begin() uint64 {
	id := l.book<<numberBits | l.next.Add(1)
	l.record.Note(id, Begun)
	return id
}

// call makes one call, with an id of its own.
func (l *Load) call(ctx context.Context, c *grid.Connection, o order) error {
	o.id = l.begin()
	got, err := c.Request(ctx, idCall, o.encode())
	l.checkLate(ctx)
	if err == nil && !o.isAnswer(got) {
		l.record.Note(o.id, Wrong)
		err = fmt.Errorf("the answer of %d bytes is not that of call %d", len(got), o.id)
	}
	return l.told(o.id, err)
}

// stream opens a stream, sends and receives n messages and sees its end. Between
// the last message and the end it waits for the channel linger, unless that is nil.
func (l *Load) stream(ctx context.Context, c *grid.Connection, n int, linger <-chan struct{}) error {
	o := order{id: l.begin(), reply: n}
	st, err := relay.Open(ctx, c, grid.NewBytesWith(o.encode()))
	if err != nil {
		return l.told(o.id, err)
	}
	var sender sync.WaitGroup
	over := make(chan struct{})
	sender.Go(func() { sendAll(st, o, linger, over) })
	got, err := l.receiveAll(st, o)
	close(over)
	st.Close()
	l.checkLate(ctx)
	sender.Wait()
	if err != nil && got > 0 && doubtless(err) {
		l.record.Note(o.id, Wrong) // it cannot both have answered and never have run
	}
	return l.told(o.id, err)
}

// sendAll stops at the first error: the receiving side tells it.
func sendAll(st *grid.Duplex[*grid.Bytes, *grid.Bytes], o order, linger, over <-chan struct{}) {
	for n := range o.reply {
		if st.Send(grid.NewBytesWith(o.message(n, false))) != nil {
			return
		}
	}
	if linger != nil {
		select {
		case <-linger:
		case <-over:
		}
	}
	_ = st.CloseSend()
}

func (l *Load) receiveAll(st *grid.Duplex[*grid.Bytes, *grid.Bytes], o order) (n int, err error) {
	for ; ; n++ {
		msg, err := st.Recv()
		switch {
		case err == io.EOF && n == o.reply:
			return n, nil
		case err == io.EOF:
			l.record.Note(o.id, Wrong)
			return n, fmt.Errorf("stream %d came to a good end after %d of %d messages", o.id, n, o.reply)
		case err != nil:
			return n, err
		case !o.isMessage(*msg, n, true):
			l.record.Note(o.id, Wrong)
			return n, fmt.Errorf("stream %d: this is not message %d", o.id, n)
		}
	}
}

// told takes down an outcome. An error without one is itself a fault.
func (l *Load) told(id uint64, err error) error {
	if err == nil {
		l.record.Note(id, Answered)
		return nil
	}
	switch grid.OutcomeOf(err) {
	case grid.NotSent:
		l.record.Note(id, NotSent)
	case grid.Rejected:
		l.record.Note(id, Rejected)
	case grid.MayHaveRun:
		l.record.Note(id, MayHaveRun)
	case grid.Ran:
		l.record.Note(id, Ran)
	default:
		l.record.Note(id, Wrong)
	}
	return err
}

// doubtless reports whether err says that the handler never ran.
func doubtless(err error) bool {
	o := grid.OutcomeOf(err)
	return o == grid.NotSent || o == grid.Rejected
}

func (l *Load) checkLate(ctx context.Context) {
	deadline, ok := ctx.Deadline()
	if now := time.Now(); ok && now.Sub(deadline) > promised {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.overdue = append(l.overdue, span{deadline, now})
	}
}

// Work makes calls and streams of all sorts, one after the other, until stop is
// closed. What is under way then comes to its own end, in seconds.
func (l *Load) Work(stop <-chan struct{}, c *grid.Connection, rng *rand.Rand) {
	wait := time.Duration(0)
	for pause(stop, wait) {
		wait = 0
		if err := l.some(c, rng); errors.Is(err, grid.ErrDisconnected) {
			wait = time.Millisecond // not to spin while the peer is away
		}
	}
}

// some makes one call or stream, most of them small and at once.
func (l *Load) some(c *grid.Connection, rng *rand.Rand) error {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond+upTo(rng, 2*time.Second))
	defer cancel()
	if rng.IntN(4) == 0 {
		ctx = grid.WaitForReady(ctx)
	}
	switch dice := rng.IntN(100); {
	case dice < 89:
		return l.call(ctx, c, order{size: rng.IntN(400), reply: rng.IntN(400)})
	case dice < 95:
		return l.call(ctx, c, order{how: sleeps, hold: upTo(rng, 40*time.Millisecond), size: rng.IntN(400), reply: 100})
	case dice < 97: // given up, perhaps before it was made
		ctx, give := context.WithTimeout(ctx, upTo(rng, 20*time.Millisecond))
		defer give()
		return l.call(ctx, c, order{how: sleeps, hold: 30 * time.Millisecond, reply: 8})
	case dice < 98: // in chunks
		return l.call(ctx, c, order{size: rng.IntN(300 << 10), reply: rng.IntN(300 << 10)})
	default:
		return l.stream(ctx, c, rng.IntN(40), nil)
	}
}

// upTo draws a duration below d.
func upTo(rng *rand.Rand, d time.Duration) time.Duration { return time.Duration(rng.Int64N(int64(d))) }
