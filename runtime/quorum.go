package grid

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/runtime/status"
)

// First returns the first good answer, canceling the other calls, or all errors.
func First[T any](answers iter.Seq[Answer[T]]) (Answer[T], error) {
	good, err := Quorum(answers, 1)
	if err != nil {
		return Answer[T]{}, err
	}
	return good[0], nil
}

// Quorum returns as soon as it is certain whether n peers give good answers: with
// n good ones, or with fewer and an error once so many have failed that n are out
// of reach. Either way it leaves the iteration, which cancels the other calls
// unless the group lets them finish. The error's text names the peers that failed
// and what each said, up to 2 KiB; errors.Is and errors.As look into all of them.
// Its outcome is that of the faults where they agree and nobody else was called.
// An n of 0 or less is reached without a call.
func Quorum[T any](answers iter.Seq[Answer[T]], n int) ([]Answer[T], error) {
	if n <= 0 {
		return nil, nil
	}
	var good []Answer[T]
	missed := quorumMissed{needed: n}
	for a := range answers {
		missed.asked = max(missed.asked, a.Of)
		if a.Err != nil {
			missed.add(a.Peer, a.Err)
		} else if good = append(good, a); len(good) == n {
			return good, nil
		}
		if a.Of > 0 && a.Of-len(missed.faults) < n {
			break
		}
	}
	missed.good = len(good)
	return good, missed.err()
}

// Collect waits for all answers.
func Collect[T any](answers iter.Seq[Answer[T]]) []Answer[T] { return slices.Collect(answers) }

// quorumMissed is what is known of a call whose quorum is out of reach.
type quorumMissed struct {
	needed, good int
	asked        int     // peers that were called, 0 if that is not known
	faults       []error // each names its peer
	outcome      Outcome // of all faults, zero before the first
}

const (
	maxFaultText  = 256     // bytes of one peer's fault in the text
	maxFaultsText = 2 << 10 // and of all of them
)

func (q *quorumMissed) add(peer string, err error) {
	q.faults = append(q.faults, fmt.Errorf("%s: %w", peer, err))
	o := OutcomeOf(err)
	switch {
	case o == 0:
		o = MayHaveRun
	case q.outcome == 0 || q.outcome == o:
	case max(q.outcome, o) <= Rejected:
		o = Rejected
	default:
		o = MayHaveRun
	}
	q.outcome = o
}

func (q *quorumMissed) err() *Error {
	e := &Error{Code: Unavailable, Outcome: q.outcome, Cause: errors.Join(q.faults...)}
	left := q.asked - q.good - len(q.faults)
	switch {
	case q.good > 0 || left > 0:
		e.Outcome = MayHaveRun
	case len(q.faults) == 0:
		e.Outcome = NotSent
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%d of %d answers that were needed", q.good, q.needed)
	if left > 0 {
		fmt.Fprintf(&text, ", and %d still to come", left)
	}
	q.list(&text)
	e.Message = text.String()
	return e
}

// list writes what each peer said, as far as there is room.
func (q *quorumMissed) list(text *strings.Builder) {
	if len(q.faults) == 0 {
		text.WriteString(": there are no more peers")
		return
	}
	sep, most := ": ", text.Len()+maxFaultsText
	for i, fault := range q.faults {
		said := status.Shortened(fault.Error(), maxFaultText)
		if text.Len()+len(sep)+len(said) > most {
			fmt.Fprintf(text, "; and %d more", len(q.faults)-i)
			return
		}
		text.WriteString(sep + said)
		sep = "; "
	}
}
