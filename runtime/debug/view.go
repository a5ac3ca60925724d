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
	Handlers  []handlerRow
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
	Busy        int
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
	Most          string // of its failures
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
	old := x.before()
	for _, h := range s.Handlers {
		v.InFlight += h.InFlight
		v.Handlers = append(v.Handlers, rowOfHandler(h, old[keyOf(&h)]))
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

// before is what the handlers were at the beginning of the last minute, as far as somebody
// looked then, or nil.
func (x *sample) before() map[handlerKey]*observe.Handler {
	for _, p := range x.past[:len(x.past)-1] {
		if p.handlers == nil {
			continue
		}
		all := make(map[handlerKey]*observe.Handler, len(p.handlers))
		for i := range p.handlers {
			all[keyOf(&p.handlers[i])] = &p.handlers[i]
		}
		return all
	}
	return nil
}

// trouble orders the peers: first those that somebody should look at.
func trouble(p peerRow) int {
	switch {
	case p.Session == nil && !p.Self:
		return 0
	case p.Session != nil && p.Session.PeerDraining:
		return 1
	}
	return 2
}

var states = map[string][2]string{
	"connected": {"\u25cf", "connected"}, "connecting": {"\u25d0", "connecting"}, "waiting": {"\u25cb", "waiting"},
	"refused": {"\u2715", "refused"}, "closed": {"\u25a1", "closed"},
}

func rowOfPeer(p observe.Peer, now time.Time) peerRow {
	r := peerRow{Peer: p, Glyph: states[p.Phase][0], Word: states[p.Phase][1], Since: duration(now.Sub(p.Since)), Trip: "\u2013", Queued: "\u2013",
		Traffic: size(p.BytesSent) + " / " + size(p.BytesReceived), Why: shown(p.Reason)}
	if s := p.Session; s != nil {
		r.Trip, r.Busy, r.Queued = duration(s.RoundTrip), s.CallsMade+s.CallsServed+s.Streams, size(uint64(max(0, s.Queued.Sum())))
		if s.PeerDraining {
			r.Word = "draining"
		}
	}
	if !p.NextAttempt.IsZero() {
		r.Next = "dials again in " + duration(max(p.NextAttempt.Sub(now), time.Millisecond))
	}
	if r.Why == "" && p.LastFailure != "" {
		r.Why, r.WhyOld = shown(p.LastFailure)+", "+duration(now.Sub(p.LastFailureAt))+" ago", true
	}
	return r
}

// rowOfHandler has the latencies of the calls since a minute ago, or of all where there
// were none or nobody looked then.
func rowOfHandler(h observe.Handler, before *observe.Handler) handlerRow {
	old := true
	if before != nil {
		if lately := h.Latency.Since(&before.Latency); lately.Count() > 0 {
			h.Latency, old = lately, false
		}
	}
	r := handlerRow{Handler: h, Old: old, FailedCount: h.Failed(), P50: duration(h.Latency.Quantile(0.5)), P90: duration(h.Latency.Quantile(0.9)), P99: duration(h.Latency.Quantile(0.99))}
	if len(h.Failures) > 0 {
		r.Most = shown(string(h.Failures[0].Code)) + ", " + h.Failures[0].Outcome
	}
	return r
}

func rowOfLimit(l observe.Limit) limitRow {
	r := limitRow{Name: l.Name, Peer: l.Peer, Used: count(uint64(max(0, l.Used))), Most: count(uint64(l.Limit))}
	if bytesLimits[l.Name] {
		r.Used, r.Most = size(uint64(max(0, l.Used))), size(uint64(l.Limit))
	}
	if l.Limit > 0 {
		r.Percent = int(min(100, 100*l.Used/l.Limit)) // fits: a percentage
	}
	return r
}

var bytesLimits = map[string]bool{"SendQueue": true, "Unread": true, "Reassembly": true}
