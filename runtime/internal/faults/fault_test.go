package faults

import (
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// Each fault, on a link between two nodes with calls and streams in flight in both
// directions.
func TestFault(t *testing.T) {
	t.Parallel()
	notice := Notice(QuickLimits())
	cases := []struct {
		name  string
		fault func(*Proxy)
		lives bool          // the session outlives it
		after time.Duration // by when the loss is to be noticed
	}{
		{"FIN", func(p *Proxy) { p.Cut(FIN) }, false, 0},
		{"RST", func(p *Proxy) { p.Cut(RST) }, false, 0},
		{"half open, nothing comes up", func(p *Proxy) { p.Set(Up, Weather{Swallow: true}) }, false, notice},
		{"half open, nothing comes down", func(p *Proxy) { p.Set(Down, Weather{Swallow: true}) }, false, notice},
		{"half open, both", func(p *Proxy) { p.SetBoth(Weather{Swallow: true}) }, false, notice},
		{"held up for longer than the notice", func(p *Proxy) { p.SetBoth(Weather{Hold: true}) }, false, notice},
		{"cut, then a black hole", func(p *Proxy) { p.BlackHole(); p.Cut(RST) }, false, 0},
		{"delay", func(p *Proxy) { p.SetBoth(Weather{Delay: 30 * time.Millisecond}) }, true, 0},
		{"throttle", func(p *Proxy) { p.SetBoth(Weather{Rate: 1 << 20}) }, true, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			limits := QuickLimits()
			if c.lives {
				limits = grid.Limits{} // a machine that stalls must not pass for a link that does
			}
			l := newLink(t, limits)
			f := takeOff(l.load, l.connections...)
			eventually(t, "the calls run", func() bool { return l.ledger.Entered() == size*len(l.connections) })
			before := l.connections[0].State().Session
			fault := time.Now()
			c.fault(l.proxy)
			if c.lives {
				l.open(f)
				f.landed(t)
				exercise(t, l.load, l.connections...)
			} else {
				f.crashed(t, fault, c.after)
				l.open(f) // late answers have nobody to go to
			}
			l.proxy.Calm()
			connected(t, l.connections...)
			exercise(t, l.load, l.connections...)
			if again := l.connections[0].State().Session != before; again == c.lives {
				t.Errorf("a new session: %v; the link was only slow: %v", again, c.lives)
			}
			rest(t, l.connections...)
			sound(t, l.ledger)
		})
	}
}

// link is two nodes with a proxy between them, connected.
type link struct {
	ledger      *Ledger
	load        *Load
	proxy       *Proxy
	nodes       []*Node
	connections []*grid.Connection // alpha's to beta, and beta's to alpha
}

func newLink(t *testing.T, limits grid.Limits) *link {
	t.Helper()
	l := &link{ledger: NewLedger()}
	l.load = NewLoad(l.ledger, 1)
	here, there := listen(t), listen(t)
	l.proxy = proxy(t, there.Addr().String())
	beta := start(t, "beta", there, limits, l.ledger, grid.Peer{Name: "alpha"})
	alpha := start(t, "alpha", here, limits, l.ledger, grid.Peer{Name: "beta", Address: l.proxy.Address()})
	l.nodes = []*Node{alpha, beta}
	l.connections = []*grid.Connection{alpha.Connection("beta"), beta.Connection("alpha")}
	connected(t, l.connections...)
	return l
}

// open lets handlers answer and streams end.
func (l *link) open(f *flight) {
	close(f.land)
	for _, n := range l.nodes {
		n.Open()
	}
}
