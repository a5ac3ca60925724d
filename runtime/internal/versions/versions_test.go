package versions

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	grid "github.com/gridrpc/gridc/runtime"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "play this one seed for all pairs, and show what happens; 0: many")
	seedsFlag = flag.Uint64("seeds", 40/slowdown, "how many seeds to play for each pair")
)

// TestMain fails if any test leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestMatrix lets every ordered pair of builds meet under faults. Odd seeds keep the
// builds, in even ones a node that crashed may come back as another one.
func TestMatrix(t *testing.T) {
	for _, dials := range builds {
		for _, accepts := range builds {
			t.Run(dials.name+" dials "+accepts.name, func(t *testing.T) {
				first, last := uint64(1), *seedsFlag
				if *seedFlag != 0 {
					first, last = *seedFlag, *seedFlag
				}
				var sum tally
				for seed := first; seed <= last && !t.Failed(); seed++ {
					meet(t, seed, dials, accepts, &sum)
				}
				t.Log(&sum)
			})
		}
	}
}

// meet plays one world and checks it.
func meet(t *testing.T, seed uint64, dials, accepts *build, sum *tally) {
	p := newPlan(seed, dials, accepts)
	synctest.Test(t, func(t *testing.T) {
		w := play(t, seed, p, *seedFlag != 0)
		if *seedFlag != 0 {
			w.tell(t)
		}
		for _, what := range w.check() {
			t.Error(what)
		}
		w.calm(t)
		sum.add(w)
	})
	if t.Failed() {
		t.Logf("replay: go test ./runtime/internal/versions -run 'TestMatrix/%s_dials_%s' -seed %d", dials.name, accepts.name, seed)
	}
}

// calm proves that once all faults are over the builds of the moment are judged
// anew: what fits works, what does not says so.
func (w *world) calm(t *testing.T) {
	for _, from := range []string{dialer, acceptor} {
		to := map[string]string{dialer: acceptor, acceptor: dialer}[from]
		client, server, c := w.now(from), w.now(to), w.mesh.Connection(from, to)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if got, err := client.hours(ctx, c); err != nil || got.Name != server.name {
			t.Errorf("in the calm, hours of %s for %s: %+v, %v", server.name, client.name, got, err)
		}
		for way := range 3 { // a call, a stream with an answer to each order, one with a single answer
			o := &outcome{task: task{name: fmt.Sprint("calm of ", from, way), from: from, to: to, count: 7, orders: 5 * min(way, 1), tally: way == 2}, client: client, servers: []*build{server}}
			switch way {
			case 0:
				o.answer(client.buy(ctx, c, o.order(0)))
			case 1:
				o.err = o.shopping(ctx, c)
			case 2:
				o.err = o.tallying(ctx, c)
			}
			for _, what := range append(w.checkAnswers(o), w.checkError(o)...) {
				t.Errorf("in the calm, %s for %s: %s", server.name, client.name, what)
			}
			if client.fits(server) != (o.err == nil) || o.err != nil && !errors.Is(o.err, grid.ErrIncompatible) {
				t.Errorf("in the calm, %s for %s: %v", server.name, client.name, o.err)
			}
		}
		if client.refund == nil {
			continue
		}
		err := client.refund(ctx, c)
		if server.refund != nil && err != nil || server.refund == nil && (!errors.Is(err, grid.ErrUnknownHandler) || grid.OutcomeOf(err) != grid.NotSent) {
			t.Errorf("in the calm, a handler of v2 at %s: %v", server.name, err)
		}
	}
}

// tell shows what happened.
func (w *world) tell(t *testing.T) {
	t.Logf("link %+v", w.link)
	for _, f := range w.faults {
		t.Logf("fault %+v", f)
	}
	for _, o := range w.outcomes {
		t.Logf("%+v of %s at %s: %d answers, ended: %v, %v", o.task, o.client.name, names(o.servers), len(o.answers), o.ended, o.err)
	}
}

// tally counts what was checked.
type tally struct {
	worlds, tasks, answers, faults int
	outcomes                       [grid.Ran + 1]int // 0: no error
	verdicts                       int
}

func (s *tally) add(w *world) {
	s.worlds++
	s.faults += len(w.faults)
	for _, o := range w.outcomes {
		s.tasks++
		s.answers += len(o.answers)
		s.outcomes[grid.OutcomeOf(o.err)]++
		if errors.Is(o.err, grid.ErrIncompatible) {
			s.verdicts++
		}
	}
}

// String tells the counts.
func (s *tally) String() string {
	text := fmt.Sprintf("%d worlds, %d faults, %d calls and streams: %d complete", s.worlds, s.faults, s.tasks, s.outcomes[0])
	for o := grid.NotSent; o <= grid.Ran; o++ {
		text += fmt.Sprintf(", %d %s", s.outcomes[o], o)
	}
	return text + fmt.Sprintf("; %d incompatible; %d answers", s.verdicts, s.answers)
}
