package trial

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/peer"
)

// witness is a session beside those of the attackers. It calls all the time, and
// keeps the longest time that an answer took.
type witness struct {
	call  func() error
	close func()

	calm   time.Duration // what a call takes undisturbed
	stop   chan struct{}
	gone   chan struct{} // closed when it calls no more
	served atomic.Int64  // calls
	worst  time.Duration // to be read when it is gone, as failed
	failed error
}

// pause is what the witness does between two calls. Their answers take a round
// trip of 2 ms.
const pause = 5 * time.Millisecond

// newWitness measures what a call takes while nobody attacks.
func newWitness(t *testing.T, call func() error, end func()) *witness {
	t.Helper()
	w := &witness{call: call, close: end, stop: make(chan struct{}), gone: make(chan struct{})}
	began := time.Now()
	if err := call(); err != nil {
		t.Fatal(err)
	}
	w.calm = time.Since(began)
	return w
}

// witnessSession is the witness of an arena in which peers have the key.
func witnessSession(t *testing.T, a *Arena) *witness {
	t.Helper()
	s := a.Session(t, "witness")
	id := 0
	call := func() error {
		id++
		s.Conn.SetDeadline(time.Now().Add(ProbePatience))
		if err := s.Send(peer.NewFrame(peer.Call, id, RouteEcho, 0, 0, []byte("alive"))); err != nil {
			return err
		}
		f, err := s.Expect(peer.Reply)
		if err == nil && (f.Uvarint() != uint64(id) || f.Uvarint() != 0 || string(f.Body) != "alive") {
			err = errors.New("another answer")
		}
		return err
	}
	return newWitness(t, call, func() { s.Conn.Close() })
}

func (w *witness) begin() { go w.run() }

func (w *witness) run() {
	defer close(w.gone)
	for w.failed == nil {
		select {
		case <-w.stop:
			return
		default:
		}
		began := time.Now()
		w.failed = w.call()
		w.worst = max(w.worst, time.Since(began))
		w.served.Add(1)
		time.Sleep(pause)
	}
}

// watch lets it call for a while, and tells how often it was served.
func (w *witness) watch() int64 {
	before := w.served.Load()
	time.Sleep(10 * pause)
	return w.served.Load() - before
}

// end stops it and says how it fared.
func (w *witness) end(t reporter) {
	t.Helper()
	close(w.stop)
	<-w.gone
	if w.failed != nil {
		t.Errorf("the witness: %v", w.failed)
	}
	if w.worst > 3*w.calm {
		t.Errorf("a call of the witness took %v, undisturbed %v", w.worst, w.calm)
	}
}
