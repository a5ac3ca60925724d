package typed_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// ballot is a mesh whose nodes answer a call as their part says: "good" at once,
// "no" with an error soon, "hang" when the context ends, "slow" after a second.
type ballot struct {
	*gridtest.Mesh
	call *grid.SingleHandler[*grid.MSS, *grid.MSS]

	mu    sync.Mutex
	ended map[string]error // of handlers, how their contexts were when they returned
}

func newBallot(t *testing.T, parts map[string]string) *ballot {
	t.Helper()
	b := &ballot{call: grid.NewSingleHandler(trial.IdCall, grid.NewMSS, grid.NewMSS), ended: make(map[string]error)}
	nodes := []string{"caller"}
	for name := range parts {
		nodes = append(nodes, name)
	}
	b.Mesh = gridtest.New(t, gridtest.Options{Nodes: nodes, Register: func(n *gridtest.Node) error {
		return b.call.Register(n.Manager(), func(ctx context.Context, _ *grid.MSS) (*grid.MSS, error) {
			defer func() { b.note(n.Name(), ctx.Err()) }()
			return grid.NewMSS(), b.vote(ctx, parts[n.Name()])
		})
	}})
	if err := b.WaitConnected(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *ballot) vote(ctx context.Context, part string) error {
	switch part {
	case "no":
		time.Sleep(100 * time.Millisecond) // by then the others have been called, too
		return grid.NewError(grid.PermissionDenied, "no")
	case "slow":
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	case "hang":
		<-ctx.Done()
	}
	return ctx.Err()
}

func (b *ballot) note(name string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended[name] = err
}

// how returns how the handler of a node ended, and whether it did.
func (b *ballot) how(name string) (ended bool, how error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	how, ended = b.ended[name]
	return ended, how
}

func (b *ballot) group(names ...string) *grid.Group {
	return b.Node("caller").Manager().Group(names...)
}

// A quorum ends when its outcome is certain: here with an error as soon as so many
// have refused that it is out of reach, and all of them are named.
func TestQuorumOutOfReachEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBallot(t, map[string]string{"b": "no", "c": "no", "d": "no", "e": "hang", "f": "hang"})
		began := time.Now()
		good, err := grid.Quorum(b.call.CallGroup(t.Context(), b.group("b", "c", "d", "e", "f"), grid.NewMSS()), 3)
		if took := time.Since(began); took > time.Second || len(good) != 0 {
			t.Errorf("after %v: %d good answers", took, len(good))
		}
		trial.WantError(t, "quorum", err, grid.ErrUnavailable, grid.MayHaveRun)
		if !errors.Is(err, grid.ErrPermissionDenied) {
			t.Errorf("what the peers said is not found in %v", err)
		}
		for _, name := range []string{"b", "c", "d"} {
			if !strings.Contains(err.Error(), name+": grid: permission_denied: no") {
				t.Errorf("%s is not named: %v", name, err)
			}
		}
		time.Sleep(time.Second)
		for _, name := range []string{"e", "f"} {
			if ended, how := b.how(name); !ended || how != context.Canceled {
				t.Errorf("%s, which was left: ended %v, %v", name, ended, how)
			}
		}
	})
}

// The first good answer is enough for First, and one that fails is no end of it.
func TestFirstEndsWithTheFirstGoodAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBallot(t, map[string]string{"b": "no", "c": "slow", "d": "hang"})
		began := time.Now()
		first, err := grid.First(b.call.CallGroup(t.Context(), b.group("b", "c", "d"), grid.NewMSS()))
		if took := time.Since(began); err != nil || first.Peer != "c" || took > 2*time.Second {
			t.Errorf("after %v: %s, %v", took, first.Peer, err)
		}
		_, err = grid.First(b.call.CallGroup(t.Context(), b.group("b"), grid.NewMSS()))
		trial.WantError(t, "first of one that refuses", err, grid.ErrUnavailable, grid.Ran)
	})
}

// More than there are peers are never enough: that is certain with the first answer.
// Whoever is named twice counts once.
func TestQuorumOfMoreThanThereAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBallot(t, map[string]string{"b": "good", "c": "hang"})
		began := time.Now()
		good, err := grid.Quorum(b.call.CallGroup(t.Context(), b.group("b", "c", "b", "b"), grid.NewMSS()), 3)
		if took := time.Since(began); took > time.Second || len(good) != 1 {
			t.Errorf("after %v: %d good answers", took, len(good))
		}
		trial.WantError(t, "quorum", err, grid.ErrUnavailable, grid.MayHaveRun)
		if got := b.group("b", "c", "b").Names(); len(got) != 2 {
			t.Errorf("the group is %v", got)
		}
		_, err = grid.First(b.call.CallGroup(t.Context(), b.group(), grid.NewMSS()))
		trial.WantError(t, "first of nobody", err, grid.ErrUnavailable, grid.NotSent)
		good, err = grid.Quorum(b.call.CallGroup(t.Context(), b.group("b"), grid.NewMSS()), 0)
		if len(good) != 0 || err != nil {
			t.Errorf("a quorum of none: %v, %v", good, err)
		}
		_, err = grid.First(b.call.CallGroup(t.Context(), b.group("nobody", "no one"), grid.NewMSS()))
		trial.WantError(t, "first of strangers", err, grid.ErrUnavailable, grid.NotSent)
	})
}

// A write whose quorum is reached goes on at the other replicas if the group lets
// them finish, also when its caller's context has ended, as it does on return.
func TestGroupLetsTheRestFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBallot(t, map[string]string{"b": "good", "c": "slow", "d": "hang"})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		_, err := grid.Quorum(b.call.CallGroup(ctx, b.group("b", "c", "d").LetFinish(), grid.NewMSS()), 1)
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		if ended, how := b.how("c"); !ended || how != nil {
			t.Errorf("the slow replica: ended %v, %v", ended, how)
		}
		if ended, how := b.how("d"); ended {
			t.Errorf("the replica that hangs has ended before the deadline: %v", how)
		}
		time.Sleep(4 * time.Second)
		if ended, how := b.how("d"); !ended || how == nil {
			t.Errorf("past the deadline: ended %v, %v", ended, how)
		}
	})
}

// While the answers are waited for, the end of the context cancels all, also of a
// group that lets the rest finish; and a deadline is told as one.
func TestGroupThatLetsFinishEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBallot(t, map[string]string{"b": "hang", "c": "hang"})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for _, a := range grid.Collect(b.call.CallGroup(ctx, b.group("b", "c").LetFinish(), grid.NewMSS())) {
			trial.WantError(t, a.Peer, a.Err, grid.ErrDeadlineExceeded, grid.MayHaveRun)
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		for _, a := range grid.Collect(b.call.CallGroup(ctx, b.group("b", "c").LetFinish(), grid.NewMSS())) {
			trial.WantError(t, a.Peer, a.Err, grid.ErrCanceled, grid.MayHaveRun)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("given up after %v", took)
		}
	})
}

// The error of a quorum is bounded, however many failed and whatever they said, and
// says how many are not in it.
func TestQuorumErrorIsBounded(t *testing.T) {
	answers := func(yield func(grid.Answer[int]) bool) {
		for i := range 1000 {
			err := &grid.Error{Code: grid.Internal, Outcome: grid.Rejected, Message: strings.Repeat("x", 10_000) + " the point"}
			if !yield(grid.Answer[int]{Peer: fmt.Sprint("node", i), Err: err}) {
				return
			}
		}
	}
	good, err := grid.Quorum(answers, 1)
	if text := err.Error(); len(good) != 0 || len(text) > 2500 || !strings.Contains(text, "the point") || !strings.Contains(text, " more") {
		t.Errorf("%d bytes: %s", len(text), text)
	}
	trial.WantError(t, "quorum", err, grid.ErrUnavailable, grid.Rejected)
}
