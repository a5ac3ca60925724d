package faults

import (
	"fmt"
	"sync"
)

// Event is something that one end saw of a call or stream.
type Event uint8

// The events. What the caller was told is one of those from Answered to Ran.
const (
	Begun      Event = iota // the caller is about to make it
	Entered                 // its handler was entered
	Answered                // the caller has the right answer, or a stream that is complete
	NotSent                 // the caller has an error that says so; and so on
	Rejected                //
	MayHaveRun              //
	Ran                     //
	Wrong                   // one end has got bytes, or an end of input, that are not its own
)

// Recorder takes down events. It must be safe for concurrent use.
type Recorder interface {
	Note(id uint64, e Event)
}

// An id is the number of who made it, its book, and a running number.
const numberBits = 40

// entry is all that is known of one id: how often it ran, at most 3 counted, what
// the caller was told, and whether bytes were wrong.
type entry struct {
	runs  uint8
	told  Event // Begun, or what the caller was told
	begun bool
	wrong bool
}

// Ledger is a Recorder in memory: four bytes a call.
type Ledger struct {
	mu    sync.Mutex
	books map[uint64][]entry
	ran   int // how many were entered for the first time
}

// NewLedger returns an empty ledger.
func NewLedger() *Ledger { return &Ledger{books: make(map[uint64][]entry)} }

// Note implements Recorder.
func (l *Ledger) Note(id uint64, e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	x := l.entryLocked(id)
	switch e {
	case Begun:
		x.begun = true
	case Entered:
		if x.runs == 0 {
			l.ran++
		}
		x.runs = min(x.runs+1, 3)
	case Wrong:
		x.wrong = true
	default:
		x.told = e
	}
}

func (l *Ledger) entryLocked(id uint64) *entry {
	book, n := id>>numberBits, int(id&(1<<numberBits-1))
	b := l.books[book]
	if n >= len(b) {
		b = append(b, make([]entry, max(n+1-len(b), len(b)/2, 1024))...)
		l.books[book] = b
	}
	return &b[n]
}

// Entered returns how many calls and streams have reached their handlers.
func (l *Ledger) Entered() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ran
}

// Tally is what an audit counts. The last three ought to be zero.
type Tally struct {
	Calls, Answered, NotSent, Rejected, MayHaveRun, Ran int

	Lost    int // without any outcome, or answered by nobody
	Doubled int // run twice
	Wrong   int // with bytes of another, or an error that says what is not so
}

// String tells the figures in one line.
func (t Tally) String() string {
	return fmt.Sprintf("%d calls and streams: %d answered, %d not sent, %d rejected, %d may have run, %d ran and failed; %d lost, %d doubled, %d wrong",
		t.Calls, t.Answered, t.NotSent, t.Rejected, t.MayHaveRun, t.Ran, t.Lost, t.Doubled, t.Wrong)
}

// Audit checks every id that was begun, and returns the counts and the first
// violations in words. Everything must have come to rest.
func (l *Ledger) Audit() (t Tally, faults []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for book, entries := range l.books {
		for n, x := range entries {
			if x == (entry{}) {
				continue
			}
			if fault := t.add(x); fault != "" && len(faults) < 20 {
				faults = append(faults, fmt.Sprintf("call %d of %d %s: %+v", n, book, fault, x))
			}
		}
	}
	return t, faults
}

// add counts one id and says what is wrong with it.
func (t *Tally) add(x entry) (fault string) {
	t.Calls++
	switch x.told {
	case Answered:
		t.Answered++
	case NotSent:
		t.NotSent++
	case Rejected:
		t.Rejected++
	case MayHaveRun:
		t.MayHaveRun++
	case Ran:
		t.Ran++
	}
	switch {
	case x.runs > 1:
		t.Doubled++
		return "ran more than once"
	case x.wrong:
		t.Wrong++
		return "got what is not its own"
	case !x.begun:
		t.Wrong++
		return "ran although nobody made it"
	case x.told == Begun:
		t.Lost++
		return "has no outcome"
	case x.told == Answered && x.runs == 0:
		t.Lost++
		return "was answered but never ran"
	case (x.told == NotSent || x.told == Rejected) && x.runs > 0:
		t.Wrong++
		return "ran although its error says that it did not"
	case x.told == Ran && x.runs == 0:
		t.Wrong++
		return "did not run although its error says so"
	}
	return ""
}
