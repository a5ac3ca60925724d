package sim

import (
	"slices"
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// honest returns a history that keeps every promise: calls that were answered,
// failed, rejected, lost and given up, and a stream in both directions.
func honest() *History {
	failed := func(code grid.Code, o grid.Outcome, remote bool) *Failure {
		return &Failure{Code: code, Outcome: o, Remote: remote, Text: string(code)}
	}
	call := func(id uint64, f *Failure, runs ...*Run) *Call {
		return &Call{CallPlan: CallPlan{ID: id, From: "a", To: "b", Handler: idNormal, Timeout: 5 * time.Second},
			Submitted: time.Second, Ended: 1010 * time.Millisecond, Outcomes: 1, Failure: f, Matched: f == nil, Runs: runs}
	}
	run := func(code grid.Code) *Run {
		return &Run{Node: "b", Request: true, Started: 1004 * time.Millisecond, Ended: 1005 * time.Millisecond, Over: true, Code: code}
	}
	stream := &Stream{StreamPlan: StreamPlan{ID: 100, From: "a", To: "b", Up: 3, Down: 2, Timeout: 5 * time.Second},
		Submitted: time.Second, Ended: 1010 * time.Millisecond, Endings: 1, EOF: true,
		Client: Side{Sent: 3, Closed: true, Received: []int{0, 1}}}
	stream.Runs = []*StreamRun{{Run: *run(""), EOF: true, Server: Side{Sent: 2, Received: []int{0, Unknown, 2}}}}
	cut := call(7, failed(grid.Disconnected, grid.MayHaveRun, false), run(""))
	cut.From, cut.To, cut.Runs[0].Node = "a", "c", "c"
	return &History{
		Limits: grid.DefaultLimits(), Link: time.Millisecond,
		Calls: []*Call{
			call(1, nil, run("")),
			call(2, failed(grid.NotFound, grid.Ran, true), run(grid.NotFound)),
			call(3, failed(grid.ResourceExhausted, grid.Rejected, true)),
			call(4, failed(grid.Unavailable, grid.NotSent, false)),
			call(5, failed(grid.Canceled, grid.MayHaveRun, false), run("")),
			call(6, failed(grid.Canceled, grid.MayHaveRun, false)),
			cut,
		},
		Streams:   []*Stream{stream},
		Faults:    []Fault{{FaultPlan: FaultPlan{Kind: Partition, A: "a", B: "c", At: 500 * time.Millisecond, Lasts: 40 * time.Second}}},
		Shutdowns: []*Shutdown{{Node: "b", Began: time.Minute, Ended: 61 * time.Second, Limit: 2 * time.Second}},
		Ends:      []End{{From: "a", To: "b", Phase: grid.Connected, Sockets: 1, Stable: true, Echo: true}},
	}
}

func TestCheckerAcceptsAnHonestHistory(t *testing.T) {
	for _, what := range Check(honest()) {
		t.Error(what)
	}
}

// TestCheckerFindsLies feeds the checker with histories of a runtime that breaks
// its promises, each in one way.
func TestCheckerFindsLies(t *testing.T) {
	for name, test := range map[string]struct {
		lie  func(h *History)
		want string
	}{
		"lost: a call without an outcome":          {func(h *History) { h.Calls[0].Outcomes = 0 }, "P1"},
		"doubled: a call with two outcomes":        {func(h *History) { h.Calls[0].Outcomes = 2 }, "P1"},
		"a call that outlives its deadline":        {func(h *History) { h.Calls[4].Ended = 6101 * time.Millisecond }, "P1"},
		"a deadline that strikes early":            {func(h *History) { h.Calls[5].Failure.Code = grid.DeadlineExceeded }, "P1"},
		"a call that is not over when canceled":    {func(h *History) { h.Calls[5].CancelAfter, h.Calls[5].Ended = 1, 1500*time.Millisecond }, "P1"},
		"doubled: a handler that runs twice":       {func(h *History) { h.Calls[4].Runs = append(h.Calls[4].Runs, h.Calls[4].Runs[0]) }, "P2"},
		"a request that reaches another node":      {func(h *History) { h.Calls[0].Runs[0].Node = "c" }, "P2"},
		"a request with the bytes of another":      {func(h *History) { h.Calls[0].Runs[0].Request = false }, "P2"},
		"a reply that belongs to another call":     {func(h *History) { h.Calls[0].Matched = false }, "P2"},
		"an answer that nobody gave":               {func(h *History) { h.Calls[0].Runs = nil }, "P3"},
		"an answer before the handler returned":    {func(h *History) { h.Calls[0].Runs[0].Over = false }, "P3"},
		"not sent, but it ran":                     {func(h *History) { h.Calls[3].Runs = h.Calls[0].Runs }, "P3"},
		"rejected, but it ran":                     {func(h *History) { h.Calls[2].Runs = h.Calls[0].Runs }, "P3"},
		"ran, but it did not":                      {func(h *History) { h.Calls[1].Runs = nil }, "P3"},
		"ran, with an error that was not returned": {func(h *History) { h.Calls[1].Failure.Code = grid.Internal }, "P3"},
		"no word about what became of it":          {func(h *History) { h.Calls[5].Failure.Outcome = 0 }, "P3"},
		"a retry that forgets the first attempt": {func(h *History) {
			h.Calls[4].Handler, h.Calls[4].Failure.Outcome = idIdempotent, grid.NotSent
		}, "P3"},
		"reordered messages":               {func(h *History) { h.Streams[0].Client.Received = []int{1, 0} }, "P4"},
		"a message that comes twice":       {func(h *History) { h.Streams[0].Client.Received = []int{0, 0} }, "P4"},
		"a gap":                            {func(h *History) { h.Streams[0].Runs[0].Server.Received = []int{0, 2} }, "P4"},
		"a message that was never sent":    {func(h *History) { h.Streams[0].Runs[0].Server.Received[1] = Wrong }, "P4"},
		"more messages than were sent":     {func(h *History) { h.Streams[0].Client.Received = []int{0, 1, 2} }, "P4"},
		"an end before the last message":   {func(h *History) { h.Streams[0].Client.Received = []int{0} }, "P4"},
		"an end of input that was no end":  {func(h *History) { h.Streams[0].Client.Closed = false }, "P4"},
		"an input that lost its tail":      {func(h *History) { h.Streams[0].Runs[0].Server.Received = []int{0, 1} }, "P4"},
		"a good end of a failed handler":   {func(h *History) { h.Streams[0].Runs[0].Code = grid.Internal }, "P3"},
		"a good end of no handler":         {func(h *History) { h.Streams[0].Runs = nil }, "P4"},
		"a stream that ends silently":      {func(h *History) { h.Streams[0].EOF = false }, "P1"},
		"a stream that never ends":         {func(h *History) { h.Streams[0].Endings = 0 }, "P1"},
		"a stream past its deadline":       {func(h *History) { h.Streams[0].Ended = 7 * time.Second }, "P1"},
		"a stream that is served twice":    {func(h *History) { h.Streams[0].Runs = append(h.Streams[0].Runs, h.Streams[0].Runs[0]) }, "P2"},
		"a small call that is held up":     {func(h *History) { h.Calls[0].Ended = 3 * time.Second }, "P5"},
		"a loss where the weather is fine": {func(h *History) { h.Calls[5].Failure.Code = grid.Disconnected }, "P5"},
		"no connection in the calm":        {func(h *History) { h.Ends[0].Phase = grid.Connecting }, "P7"},
		"two sockets in the calm":          {func(h *History) { h.Ends[0].Sockets = 2 }, "P7"},
		"a session that comes and goes":    {func(h *History) { h.Ends[0].Stable = false }, "P7"},
		"a connection without use":         {func(h *History) { h.Ends[0].Echo = false }, "P7"},
		"a dead peer that goes unnoticed": {func(h *History) {
			h.Calls[6].Timeout, h.Calls[6].Submitted, h.Calls[6].Ended = time.Minute, 400*time.Millisecond, 35*time.Second
		}, "P8"},
		"a handler that never returns": {func(h *History) { h.Calls[4].Runs[0].Over = false }, "P9"},
		"a cancel that does not arrive": {func(h *History) {
			h.Calls[4].Runs[0].Ended, h.Calls[4].Runs[0].Canceled = time.Hour, 0
		}, "P9"},
		"a cancel that arrives late":    {func(h *History) { h.Calls[4].Runs[0].Canceled = 3 * time.Second }, "P9"},
		"a slot that stays taken":       {func(h *History) { h.Ends[0].Stats.CallsServing = 1 }, "P9"},
		"a shutdown that never returns": {func(h *History) { h.Shutdowns[0].Ended = 0 }, "P10"},
		"a shutdown beyond its time":    {func(h *History) { h.Shutdowns[0].Ended = 65 * time.Second }, "P10"},
		"work that begins in a shutdown": {func(h *History) {
			h.Calls[0].Submitted, h.Calls[0].Ended = time.Minute, time.Minute+time.Second
			h.Calls[0].Runs[0].Started, h.Calls[0].Runs[0].Ended = time.Minute+500*time.Millisecond, time.Minute+500*time.Millisecond
		}, "P10"},
		"work that a shutdown cuts short": {func(h *History) {
			call := h.Calls[4]
			call.Failure.Code = grid.Disconnected
			call.Submitted, call.Ended, call.Does = 59*time.Second, 61*time.Second, Sleeps
			call.Runs[0].Started, call.Runs[0].Ended = 59*time.Second, 61*time.Second
		}, "P10"},
		"a call that stays behind":    {func(h *History) { h.Ends[0].Stats.CallsInFlight = 1 }, "stayed behind"},
		"a stream that stays behind":  {func(h *History) { h.Ends[0].Stats.StreamsOpen = 1 }, "stayed behind"},
		"unread bytes stay behind":    {func(h *History) { h.Ends[0].Stats.UnreadBytes = 1 }, "stayed behind"},
		"queued bytes stay behind":    {func(h *History) { h.Ends[0].Stats.QueuedBytes = 1 }, "stayed behind"},
		"something odd was witnessed": {func(h *History) { h.Odd = []string{"odd"} }, "odd"},
	} {
		t.Run(name, func(t *testing.T) {
			h := honest()
			test.lie(h)
			found := Check(h)
			if !slices.ContainsFunc(found, func(what string) bool { return strings.Contains(what, test.want) }) {
				t.Errorf("no violation of %s found, only %q", test.want, found)
			}
		})
	}
}

// TestPlansFollowFromTheirSeed: without it a failing seed could not be replayed.
func TestPlansFollowFromTheirSeed(t *testing.T) {
	kinds := make(map[Weather]int)
	shapes := make(map[Shape]int)
	behaviours := make(map[Does]int)
	for seed := range uint64(500) {
		a, b := NewPlan(seed), NewPlan(seed)
		if !slices.Equal(a.Calls, b.Calls) || !slices.Equal(a.Streams, b.Streams) || !slices.Equal(a.Faults, b.Faults) || !slices.Equal(a.Nodes, b.Nodes) {
			t.Fatalf("seed %d makes two different plans", seed)
		}
		for _, f := range a.Faults {
			kinds[f.Kind]++
		}
		for _, s := range a.Streams {
			shapes[s.Shape]++
		}
		for _, c := range a.Calls {
			behaviours[c.Does]++
		}
	}
	if len(kinds) != int(weatherCount) || len(shapes) != int(shapeCount) || len(behaviours) != int(doesCount) {
		t.Errorf("500 seeds do not bring everything: faults %v, shapes %v, handlers %v", kinds, shapes, behaviours)
	}
}
