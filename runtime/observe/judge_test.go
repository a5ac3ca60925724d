package observe

import (
	"testing"
	"time"
)

// A fixed lifetime is told from sessions that end at any time, and from too few to say.
func TestLifetimes(t *testing.T) {
	s := time.Second
	for _, c := range []struct {
		lived []time.Duration
		alike bool
	}{
		{nil, false},
		{[]time.Duration{4 * s, 4 * s}, false},
		{[]time.Duration{4 * s, 4100 * time.Millisecond, 4 * s}, true},
		{[]time.Duration{4 * s, 4 * s, 9 * s}, false},
	} {
		p := Peer{Lived: c.lived, LostLately: len(c.lived)}
		if _, _, alike := p.Lifetimes(); alike != c.alike || p.Flaps() != (len(c.lived) > 1) {
			t.Errorf("%v: alike %v, flaps %v", c.lived, alike, p.Flaps())
		}
	}
}

// What happened in the last minute is told before what happened more often, but long ago.
func TestForemostFailure(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	started := Failure{Code: "disconnected", Count: 100, Last: now.Add(-time.Hour)}
	h := Handler{Failures: []Failure{started, {Code: "resource_exhausted", Count: 3, Last: now}}}
	if f, old, any := h.Foremost(now); f.Code != "resource_exhausted" || old || !any {
		t.Errorf("%+v, %v, %v", f, old, any)
	}
	h.Failures = h.Failures[:1]
	if f, old, any := h.Foremost(now); f != started || !old || !any {
		t.Errorf("%+v, %v, %v", f, old, any)
	}
	h.Failures = []Failure{{Code: "internal", Count: 1}} // of an older build
	if _, old, any := h.Foremost(now); old || !any {
		t.Errorf("without a time: %v, %v", old, any)
	}
}

// A failure of the start is not told for ever; one of a lost session is.
func TestFailuresFromBeforeTheFirstSession(t *testing.T) {
	up := time.Unix(1_000_000, 0)
	p := Peer{Session: &Session{}, Sessions: 1, Since: up, LastFailure: "connection refused", LastFailureAt: up.Add(-time.Second)}
	if p.IsFromBefore(up.Add(time.Second)) || !p.IsFromBefore(up.Add(time.Hour)) {
		t.Error("it is old after a minute")
	}
	p.Sessions = 2
	if p.IsFromBefore(up.Add(time.Hour)) {
		t.Error("it is what ended a session")
	}
}
