package streams

import (
	"cmp"
	"slices"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/observe"
)

// EachOf calls f for the handler of each open stream, of either end, with the table
// locked.
func (t *Table) EachOf(f func(*handlers.Handler)) {
	t.Mu.Lock()
	defer t.Mu.Unlock()
	for _, st := range t.byID {
		f(st.H)
	}
	for st := range t.Opening {
		f(st.H)
	}
}

// Oldest returns what the oldest open streams are at this moment, and how many there
// are. It holds the locks of one after the other, each for a moment.
func (t *Table) Oldest(most int) (some []observe.Stream, all int) {
	t.Mu.Lock()
	open := make([]*Stream, 0, len(t.byID)+len(t.Opening))
	for _, st := range t.byID {
		open = append(open, st)
	}
	for st := range t.Opening {
		open = append(open, st)
	}
	t.Mu.Unlock()
	slices.SortFunc(open, func(a, b *Stream) int { return cmp.Compare(a.Began.Load(), b.Began.Load()) })
	for _, st := range open[:min(most, len(open))] {
		some = append(some, st.glance())
	}
	return some, len(open)
}

func (st *Stream) glance() observe.Stream {
	x := observe.Stream{Peer: st.S.Peer, Server: !st.Client, ID: st.H.ID, Name: st.H.Settings.Name, Subroute: st.H.Subroute,
		Age: time.Duration(st.S.M.Clock.Now() - st.Began.Load())}
	w := &st.S.Out
	w.Mu.Lock()
	x.Credit, x.Window = int(st.credits), st.window
	x.Queued = len(st.pend) - int(st.at) + st.bodies.Size()
	x.ReceivesOnly = st.Client && !st.TakesInput || !st.Client && st.H.OutCap == 0
	sends := st.senders != nil && st.senders.waiting > 0 && st.err == nil
	large, opening := st.large != nil, st.id == 0 || st.opening != nil
	w.Mu.Unlock()
	unread, receives, full := st.unread()
	x.Unread = unread
	switch {
	case sends && large, large:
		x.Waits = "send: a large message is on its way"
	case sends && x.Credit <= 0:
		x.Waits = "send: the peer has not read, its credit is used up"
	case sends && x.Window <= 0:
		x.Waits = "send: the peer has not read, its window is full"
	case sends:
		x.Waits = "send: room in the send queue"
	case opening && st.Client:
		x.Waits = "send: its open frame is queued"
	case full:
		x.Waits = "read: nobody reads here, and the peer may send no more"
	case receives:
		x.Waits = "receive: the peer has sent nothing"
	}
	return x
}

// unread is how many messages have come that the program has not asked for: those in the
// inbox, and those that the reader has taken out of it at once but not handed on. It
// reports as well whether the reader waits, and whether the peer may send no more because
// nobody reads.
func (st *Stream) unread() (n int, receives, full bool) {
	in := &st.In
	in.mu.Lock()
	defer in.mu.Unlock()
	n, receives = int(in.messages), in.waiting
	if receives || in.aborted.Load() {
		return n, receives, false
	}
	// What has come and was not read is what the peer has no credit for, but for what was
	// read since it got credit last.
	credits := in.credits.Load()
	n = max(n, int(int64(st.outCap)-credits)-int(st.Read.shown.Load())) // fits: at most outCap
	return n, false, n > 0 && (credits <= 0 || in.window.Load() <= 0)
}
