package debug

import (
	"bytes"
	"cmp"
	"embed"
	"html/template"
	"slices"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/observe"
)

//go:embed page.html page.css page.js
var files embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"shown": shown, "duration": duration, "count": count, "histogram": histogram, "sparkline": sparkline,
}).ParseFS(files, "page.html"))

// view is what the template shows.
type view struct {
	Snapshot  observe.Snapshot
	Past      []point
	Up        time.Duration
	Connected int
	Peers     []peerRow
	Handlers  []handlerRow // that were used
	Idle      []handlerRow
	Streams   []observe.Stream
	Refusals  []refusalRow
	Limits    []limitRow
	InFlight  int
	Calls     string // a second, now
	Failures  string

	// Of the whole page alone.
	Nonce  string
	Style  template.CSS
	Script template.JS
}

type peerRow struct {
	observe.Peer
	Glyph, Word string // the state, for those who do not see colours, too
	Since, Trip string
	Where       string // the sockets of the session, or what is dialed
	Losses      string
	Busy        int
	Awaits      string // what its calls in flight wait for, "" for nothing
	Queued      string
	Traffic     string
	Why         string
	WhyOld      bool // it is over
	Next        string
}

type handlerRow struct {
	observe.Handler
	FailedCount   uint64
	Old           bool // there was no call in the last minute: the latencies are of all
	P50, P90, P99 string
	Rate, Failing string // a second, since a minute ago
	Most          string // of its failures, the one to be told of
	MostOld       bool   // it was more than a minute ago
	Fails         bool   // since a minute ago
}

type refusalRow struct {
	observe.Refusal
	Since, Ago string
}

type limitRow struct {
	Name, Peer string
	Used, Most string
	Percent    int
}

// page renders the whole page.
func (x *sample) page(nonce string) []byte {
	v := x.view()
	style, _ := files.ReadFile("page.css")
	script, _ := files.ReadFile("page.js")
	v.Nonce, v.Style, v.Script = nonce, template.CSS(style), template.JS(script)
	return render("page", v)
}

// fragment renders what changes while the page is open.
func (x *sample) fragment() []byte {
	x.htmlOnce.Do(func() { x.asHTML = render("live", x.view()) })
	return x.asHTML
}

func render(name string, v *view) []byte {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, v); err != nil {
		return []byte("the page cannot be shown: " + template.HTMLEscapeString(err.Error()))
	}
	return b.Bytes()
}

func (x *sample) view() *view {
	s := x.snapshot
	v := &view{Snapshot: s, Past: x.past, Up: x.taken.Sub(s.Node.Started), Calls: "\u2013", Failures: "\u2013"}
	for _, p := range s.Peers {
		v.Peers = append(v.Peers, rowOfPeer(p, x.taken))
	}
	slices.SortStableFunc(v.Peers, func(a, b peerRow) int { return cmp.Compare(trouble(a), trouble(b)) })
	old, seconds := x.before()
	for _, h := range s.Handlers {
		v.InFlight += h.InFlight
		row := rowOfHandler(h, old[keyOf(&h)], x.taken, seconds)
		if h.Ended() == 0 && h.InFlight == 0 {
			v.Idle = append(v.Idle, row)
		} else {
			v.Handlers = append(v.Handlers, row)
		}
	}
	slices.SortStableFunc(v.Handlers, byTrouble)
	v.Streams = slices.Clone(s.Streams)
	slices.SortStableFunc(v.Streams, func(a, b observe.Stream) int { return cmp.Compare(number(b.IsStuck()), number(a.IsStuck())) })
	for _, r := range s.Refusals {
		row := refusalRow{Refusal: r, Since: "\u2013", Ago: duration(max(x.taken.Sub(r.Last), time.Millisecond)) + " ago"}
		if !r.First.IsZero() {
			row.Since = duration(x.taken.Sub(r.First))
		}
		v.Refusals = append(v.Refusals, row)
	}
	for _, l := range s.Node.Limits {
		v.Limits = append(v.Limits, rowOfLimit(l))
	}
	if n := len(x.past); n > 1 {
		a, b := x.past[n-2], x.past[n-1]
		seconds := max(b.at.Sub(a.at).Seconds(), 0.001)
		v.Calls, v.Failures = rate(float64(b.calls-a.calls)/seconds), rate(float64(b.failed-a.failed)/seconds)
	}
	return v
}

// handlerKey is what a handler is known by in a Snapshot.
type handlerKey struct {
	server   bool
	id       grid.HandlerID
	subroute string
}

func keyOf(h *observe.Handler) handlerKey { return handlerKey{h.Server, h.ID, h.Subroute} }

// byTrouble puts first what fails now, and then what is slow. How long a stream lives is no
// latency: streams come behind calls.
func byTrouble(a, b handlerRow) int {
	return cmp.Or(cmp.Compare(number(b.Fails), number(a.Fails)), cmp.Compare(number(a.Stream), number(b.Stream)),
		cmp.Compare(b.Latency.Quantile(0.99), a.Latency.Quantile(0.99)))
}

func number(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// before is what the handlers were at the beginning of the last minute, as far as somebody
// looked then, or nil, and how many seconds ago that was.
func (x *sample) before() (handlers map[handlerKey]*observe.Handler, seconds float64) {
	for _, p := range x.past[:len(x.past)-1] {
		if p.handlers == nil {
			continue
		}
		all := make(map[handlerKey]*observe.Handler, len(p.handlers))
		for i := range p.handlers {
			all[keyOf(&p.handlers[i])] = &p.handlers[i]
		}
		return all, max(x.taken.Sub(p.at).Seconds(), 0.001)
	}
	return nil, 0
}

// trouble orders the peers: first those that somebody should look at.
func trouble(p peerRow) int {
	switch {
	case p.Session == nil && !p.Self:
		return 0
	case p.Flaps():
		return 1
	case p.Session != nil && p.Session.PeerDraining:
		return 2
	}
	return 3
}

var states = map[string][2]string{
	"connected": {"\u25cf", "connected"}, "connecting": {"\u25d0", "connecting"}, "waiting": {"\u25cb", "waiting"},
	"refused": {"\u2715", "refused"}, "closed": {"\u25a1", "closed"},
}

func rowOfPeer(p observe.Peer, now time.Time) peerRow {
	r := peerRow{Peer: p, Glyph: states[p.Phase][0], Word: states[p.Phase][1], Since: duration(now.Sub(p.Since)), Trip: "\u2013", Queued: "\u2013",
		Traffic: size(p.BytesSent) + " / " + size(p.BytesReceived), Why: shown(p.Reason), Where: p.Address}
	if s := p.Session; s != nil {
		r.Trip, r.Busy, r.Queued = duration(s.RoundTrip), s.CallsMade+s.CallsServed+s.Streams, size(uint64(max(0, s.Queued.Sum())))
		r.Awaits = awaits(s)
		r.Where = s.Local + " \u2190 " + s.Remote
		if s.Dialer {
			r.Where = s.Local + " \u2192 " + s.Remote
		}
		switch {
		case s.PeerDraining:
			r.Word = "draining"
		case p.Flaps():
			r.Glyph, r.Word = "\u25d1", "flapping"
		}
	}
	if !p.DownSince.IsZero() {
		r.Since = duration(now.Sub(p.DownSince)) // not since the last attempt
	}
	if p.Flaps() {
		r.Losses = losses(p)
	}
	if !p.NextAttempt.IsZero() {
		r.Next = "dials again in " + duration(max(p.NextAttempt.Sub(now), time.Millisecond))
	}
	if r.Next != "" && p.Attempts > 1 {
		r.Next = "tried " + count(p.Attempts) + " times, " + r.Next
	}
	if r.Why == "" && p.LastFailure != "" && !p.IsFromBefore(now) {
		r.Why, r.WhyOld = shown(p.LastFailure)+", "+duration(now.Sub(p.LastFailureAt))+" ago", true
	}
	return r
}

// awaits says which handlers of a peer this node waits for, and with how many calls.
func awaits(s *observe.Session) (said string) {
	rest := s.CallsMade
	for _, h := range s.Awaited {
		name := h.Name
		if name == "" {
			name = "handler " + count(uint64(h.ID))
		}
		if said != "" {
			said += ", "
		}
		said += count(uint64(max(0, h.Calls))) + " × " + shown(name)
		rest -= h.Calls
	}
	if said != "" && rest > 0 {
		said += " and " + count(uint64(rest)) + " more" // fits: positive
	}
	return said
}

// losses says how often the peer was lost lately, and how long its sessions lived.
func losses(p observe.Peer) string {
	said := "lost " + count(uint64(p.LostLately)) + " times in the last minute" // fits: a count
	switch shortest, longest, alike := p.Lifetimes(); {
	case alike:
		return said + ", each time after " + duration(longest)
	case longest > 0:
		return said + ", after " + duration(shortest) + " to " + duration(longest)
	}
	return said
}

// rowOfHandler has the latencies of the calls since a minute ago, or of all where there
// were none or nobody looked then.
func rowOfHandler(h observe.Handler, before *observe.Handler, now time.Time, seconds float64) handlerRow {
	old, calls, failures := true, "\u2013", "\u2013"
	failing := false
	if before != nil {
		calls = rate(float64(h.Ended()-min(h.Ended(), before.Ended())) / seconds)
		failing = h.Failed() > before.Failed()
		failures = rate(float64(h.Failed()-min(h.Failed(), before.Failed())) / seconds)
		if lately := h.Latency.Since(&before.Latency); lately.Count() > 0 {
			h.Latency, old = lately, false
		}
	}
	r := handlerRow{Handler: h, Old: old, Rate: calls, Failing: failures, FailedCount: h.Failed(), P50: duration(h.Latency.Quantile(0.5)), P90: duration(h.Latency.Quantile(0.9)), P99: duration(h.Latency.Quantile(0.99))}
	if f, old, any := h.Foremost(now); any {
		r.Most, r.MostOld = shown(string(f.Code))+", "+f.Outcome, old
		r.Fails = failing || before == nil && !old
		if f.Text != "" {
			r.Most += ": " + shown(f.Text)
		}
		if !f.Last.IsZero() {
			r.Most += ", last " + duration(max(now.Sub(f.Last), time.Millisecond)) + " ago"
		}
	}
	return r
}

func rowOfLimit(l observe.Limit) limitRow {
	text := count
	if bytesLimits[l.Name] {
		text = size
	}
	r := limitRow{Name: l.Name, Peer: l.Peer, Used: text(uint64(max(0, l.Used))), Most: text(uint64(l.Limit))}
	if l.IsSet() {
		r.Most += " (default " + text(uint64(l.Default)) + ")"
	}
	if l.Limit > 0 {
		r.Percent = int(min(100, 100*l.Used/l.Limit)) // fits: a percentage
	}
	return r
}

var bytesLimits = map[string]bool{"SendQueue": true, "Unread": true, "Reassembly": true}
