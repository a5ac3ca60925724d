package sim

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// world is a plan that is under way. The nodes themselves are somebody else's:
// of a gridtest.Mesh in Play, of a pair of sockets in the torture test.
type world struct {
	History
	start      time.Time
	connection func(from, to string) *grid.Connection
	capacity   [2]int
	calls      map[uint64]*Call
	streams    map[uint64]*Stream
}

func newWorld(p *Plan, connection func(from, to string) *grid.Connection) *world {
	w := &world{
		start: time.Now(), connection: connection, capacity: p.Capacity,
		calls: make(map[uint64]*Call), streams: make(map[uint64]*Stream),
	}
	w.History.Limits = p.Limits
	w.Link = p.Link.Latency + p.Link.Jitter
	if p.Link.Bandwidth > 0 {
		w.Queue = time.Duration(float64(p.Limits.SendQueue+2*p.Limits.BulkWindow+1<<20) / float64(p.Link.Bandwidth) * float64(time.Second))
	}
	for _, c := range p.Calls {
		call := &Call{CallPlan: c}
		w.Calls = append(w.Calls, call)
		w.calls[c.ID] = call
	}
	for _, s := range p.Streams {
		stream := &Stream{StreamPlan: s}
		w.Streams = append(w.Streams, stream)
		w.streams[s.ID] = stream
	}
	return w
}

// now is the time since the start, never 0.
func (w *world) now() time.Duration { return time.Since(w.start) + 1 }

// odd notes what nothing else can express.
func (w *world) odd(what string) {
	w.note(func() { w.History.Odd = append(w.History.Odd, what) })
}

// idKey is the metadata that says which call or stream a request belongs to,
// however small it is.
const idKey = "id"

func withID(ctx context.Context, id uint64) context.Context {
	return grid.WithMetadata(ctx, map[string]string{idKey: strconv.FormatUint(id, 10)})
}

func idOf(ctx context.Context) uint64 {
	id, _ := strconv.ParseUint(grid.GetMetadata(ctx)[idKey], 10, 64) // 0 is nobody's
	return id
}

// failureOf takes an error apart; nil for none and for io.EOF.
func failureOf(err error) *Failure {
	if err == nil || err == io.EOF {
		return nil
	}
	var e *grid.Error
	if !errors.As(err, &e) {
		return &Failure{Text: err.Error()}
	}
	return &Failure{Code: e.Code, Outcome: e.Outcome, Remote: e.Remote, Text: e.Error()}
}

// until waits for a time, or for the end of ctx.
func until(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
