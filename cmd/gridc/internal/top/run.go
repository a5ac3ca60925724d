package top

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Options are what is shown, and how.
type Options struct {
	URLs     []string // of pages; HOST:PORT will do
	Header   http.Header
	Client   *http.Client
	Sort     string        // one of Orders
	Interval time.Duration // between two looks at a node
	Once     bool          // one look, and no more
	JSON     bool          // a JSON object a line, for each node and look
	Colour   bool

	Out      io.Writer
	Terminal *Terminal // to be drawn on, nil: lines go to Out
}

// SilentError says that nodes did not answer.
type SilentError struct {
	Text string // which ones, and what to do; "" where that was written already
}

// Error implements error.
func (e *SilentError) Error() string { return cmp.Or(e.Text, "some nodes did not answer") }

// Run shows the nodes until ctx ends, or once. It fails at once if none of them answers.
func Run(ctx context.Context, o *Options) error {
	nodes := make([]*node, len(o.URLs))
	for i, text := range o.URLs {
		t, err := parseTarget(text)
		if err != nil {
			return err
		}
		nodes[i] = &node{target: t}
	}
	ctx, cancel := context.WithCancel(ctx)
	w := &watch{Options: o, nodes: nodes, news: make(chan struct{}, 1), order: o.Sort}
	defer w.over.Wait()
	defer cancel()
	if !w.begin(ctx) {
		return nil
	}
	if err := w.silent(); err != nil {
		return err
	}
	if o.Terminal != nil {
		return w.live(ctx)
	}
	return w.lines(ctx)
}

// watch is a Run that is under way.
type watch struct {
	*Options
	nodes []*node
	order string
	only  int           // which table alone is shown, from 1 on; 0: all
	news  chan struct{} // capacity 1: a node has answered
	over  sync.WaitGroup
}

// begin starts to ask all nodes, and waits until each has answered, or not. It reports
// false if ctx ends before.
func (w *watch) begin(ctx context.Context) bool {
	var first sync.WaitGroup
	for _, n := range w.nodes {
		first.Add(1)
		answered := sync.OnceFunc(first.Done)
		w.over.Go(func() {
			defer answered()
			n.watch(ctx, w.Options, func() {
				answered()
				select {
				case w.news <- struct{}{}:
				default: // it is known already that there is something new
				}
			})
		})
	}
	first.Wait()
	return ctx.Err() == nil
}

// silent is the error of a Run in which no node answers.
func (w *watch) silent() error {
	var faults []error
	for _, n := range w.nodes {
		r := n.read()
		if r.last() != nil {
			return nil
		}
		faults = append(faults, fmt.Errorf("%s: %w", r.target.shown, r.fault))
	}
	return &SilentError{Text: errors.Join(faults...).Error()}
}

func (w *watch) view() *view {
	v := &view{now: time.Now(), order: w.order, only: w.only}
	for _, n := range w.nodes {
		v.nodes = append(v.nodes, n.read())
	}
	return v
}

// lines writes page after page.
func (w *watch) lines(ctx context.Context) error {
	tick := time.NewTicker(w.Interval)
	defer tick.Stop()
	for n := 0; ; n++ {
		v := w.view()
		if err := w.write(v, n); err != nil {
			return err
		}
		if w.Once {
			return v.complete()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// complete reports a SilentError if not all nodes have answered.
func (v *view) complete() error {
	if slices.ContainsFunc(v.nodes, func(r reading) bool { return r.fault != nil }) {
		return &SilentError{}
	}
	return nil
}

func (w *watch) write(v *view, n int) error {
	text := ""
	switch {
	case w.JSON:
		text = v.json()
	case w.Once:
		text = v.page(w.Colour)
	default:
		if n > 0 {
			text = "\n"
		}
		text += "--- " + v.now.Format(time.TimeOnly) + "\n" + v.page(w.Colour)
	}
	_, err := io.WriteString(w.Out, text)
	return err
}

// json is a line for each node: what its page said, as it is, or why it said nothing.
func (v *view) json() string {
	type line struct {
		URL      string          `json:"url"`
		Error    string          `json:"error,omitempty"`
		Snapshot json.RawMessage `json:"snapshot,omitempty"`
	}
	all := ""
	for i := range v.nodes {
		r := &v.nodes[i]
		l := line{URL: r.target.shown}
		if r.fault != nil {
			l.Error = r.fault.Error()
		} else {
			l.Snapshot = r.last().raw
		}
		b, err := json.Marshal(l)
		if err != nil { // not reached: the snapshot was read
			b = fmt.Appendf(nil, `{"error":%q}`, err)
		}
		all += string(b) + "\n"
	}
	return all
}

// live draws on the terminal until somebody quits.
func (w *watch) live(ctx context.Context) error {
	t := w.Terminal
	if err := t.Start(); err != nil {
		return err
	}
	defer t.Stop()
	tick := time.NewTicker(time.Second) // ages go on
	defer tick.Stop()
	for {
		columns, rows := t.Size()
		if err := t.Draw(w.view().frame(columns, rows, w.Interval, w.Colour), rows); err != nil {
			return err
		}
		select {
		case <-w.news:
		case <-tick.C:
		case <-t.Resized():
		case <-t.Suspended():
			if err := t.Suspend(); err != nil {
				return err
			}
		case key := <-t.Keys():
			switch key {
			case 'q', 'Q', 3: // Ctrl-C, of a terminal that makes no signal of it
				return nil
			case 't':
				w.only = (w.only + 1) % (len(w.view().sections()) + 1)
			case 's':
				w.order = Orders[(slices.Index(Orders, w.order)+1)%len(Orders)]
			}
		case <-ctx.Done():
			return nil
		}
	}
}
