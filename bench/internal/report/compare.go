package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/bench/internal/load"
	"github.com/gridrpc/gridc/bench/internal/peer"
	"github.com/gridrpc/gridc/bench/internal/plan"
)

// Comparison says what became of gridc since a commit, or what an observer costs.
type Comparison struct {
	Commit  string `json:"commit"` // "": of an observer
	Version string `json:"version"`
	Rows    []Pair `json:"rows"`
}

// Pair is one figure of two builds. Builds are compared round by round, where they
// were measured one right after the other, so that what the machine does in the
// meantime is in both.
type Pair struct {
	Cell   string  `json:"cell"`
	Peer   string  `json:"peer"`
	Metric string  `json:"metric"`
	Now    Stat    `json:"now"`
	Then   Stat    `json:"then"`
	Ratio  float64 `json:"ratio"` // the median of the rounds' ratios
	// Low and High hold the true median of the ratios with 95 %; in fewer than six
	// rounds they are the lowest and the highest.
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
	Verdict Verdict `json:"verdict"`
}

// Verdict is what a pair shows.
type Verdict string

// The verdicts. Noisy pairs differ more from round to round than what is asked for.
const (
	Within Verdict = "within"
	Better Verdict = "better"
	Worse  Verdict = "worse"
	Noisy  Verdict = "noisy"
)

// Tolerance is how much worse a figure may become: a part of it. Allocations are
// whole numbers for each call, with a few hundredths of the rest of the process.
const (
	Tolerance      = 0.02
	allocTolerance = 0.05
)

// compared are the figures that are, and whether more of them is better.
var compared = []struct {
	metric string
	more   bool
	kinds  []load.Kind // nil: all
}{
	{metric: load.Rate, more: true, kinds: []load.Kind{load.Echo, load.Down, load.Up, load.PingPong, load.Duplex, load.Peers, load.Mesh, load.Crowd}},
	{metric: load.MBRate, more: true, kinds: []load.Kind{load.Beside, load.Due}},
	{metric: load.P50, kinds: []load.Kind{load.Beside, load.Due}},
	{metric: load.P99, kinds: []load.Kind{load.Beside, load.Due}},
	{metric: load.Ready},
	{metric: load.CPU}, {metric: load.CPUPerMB}, {metric: load.Allocs}, {metric: load.AllocBytes}, {metric: load.Held},
}

// counted are the figures that hardly depend on what else the machine does. Of all
// others fewer rounds than fewest say nothing: they have no interval.
var counted = []string{load.Allocs, load.AllocBytes, load.Held}

const fewest = 6

// Compare compares every peer that was measured as it was at commit, too.
func Compare(r *Results, commit, version string) *Comparison {
	c := &Comparison{Commit: commit, Version: version}
	c.compare(r, func(peer string) string { return plan.Older(peer, commit) })
	return c
}

// CompareObserved compares gridc with an observer to gridc without one.
func CompareObserved(r *Results) *Comparison {
	c := &Comparison{Version: "gridc without an observer"}
	c.compare(r, func(name string) string {
		if name == peer.Observed {
			return plan.Grid
		}
		return ""
	})
	return c
}

// compare compares every peer with the one that than names, "" for none.
func (c *Comparison) compare(r *Results, than func(peer string) string) {
	for _, cell := range r.cells {
		for _, peer := range r.peers[cell.String()] {
			for _, m := range compared {
				if m.kinds != nil && !slices.Contains(m.kinds, cell.Kind) {
					continue
				}
				if p, ok := r.pair(cell.String(), peer, than(peer), m.metric, m.more); ok {
					c.Rows = append(c.Rows, p)
				}
			}
		}
	}
}

// pair compares a figure of two peers. There is none unless both have it of every
// round.
func (r *Results) pair(cell, now, then, metric string, more bool) (Pair, bool) {
	a, b := r.values[key{cell, now}][metric], r.values[key{cell, then}][metric]
	if len(a) == 0 || len(a) != len(b) || slices.Contains(b, 0) {
		return Pair{}, false
	}
	ratios, differences := make([]float64, len(a)), make([]float64, len(a))
	for i := range a {
		ratios[i], differences[i] = a[i]/b[i], a[i]-b[i]
	}
	p := Pair{Cell: cell, Peer: now, Metric: metric, Now: newStat(a), Then: newStat(b), Ratio: newStat(ratios).Median}
	p.Low, p.High = interval(ratios)
	low, high, tolerance := p.Low-1, p.High-1, Tolerance
	if metric == load.Allocs {
		low, high = interval(differences)
		tolerance = allocTolerance
	}
	if more {
		low, high = -high, -low
	}
	p.Verdict = judge(low, high, tolerance)
	if len(a) < fewest && !slices.Contains(counted, metric) {
		p.Verdict = Noisy
	}
	return p, true
}

// judge says what a figure shows that is worse by low to high.
func judge(low, high, tolerance float64) Verdict {
	switch {
	case low > tolerance:
		return Worse
	case high < -tolerance:
		return Better
	case high <= tolerance:
		return Within
	}
	return Noisy
}

// interval holds the true median of values with a confidence of 95 %, whatever
// their distribution is: the k-th lowest and highest do so unless fewer than k of
// n lie on one side, which has a binomial distribution. Six are needed; of fewer
// it is the lowest and the highest.
func interval(values []float64) (low, high float64) {
	s := slices.Sorted(slices.Values(values))
	n := len(s)
	k, below, term := 0, 0.0, 1.0 // term is the number of ways to have k below, of 2^n
	for range n {
		term /= 2
	}
	for below+term <= 0.025 && k < n/2 {
		below += term
		term *= float64(n-k) / float64(k+1)
		k++
	}
	k = max(k, 1)
	return s[k-1], s[n-k]
}

// Worse are the figures that surely became worse than is tolerated.
func (c *Comparison) Worse() (lines []string) {
	for _, p := range c.Rows {
		if p.Verdict == Worse {
			lines = append(lines, fmt.Sprintf("%s %s %s: %s", p.Peer, p.Cell, p.Metric, p.interval()))
		}
	}
	return lines
}

func (p Pair) interval() string { return fmt.Sprintf("%.3f to %.3f", p.Low, p.High) }

// write writes the table, and what it comes to.
func (c *Comparison) write(b *strings.Builder) {
	fmt.Fprintf(b, "### Against %s\n\n%s\n\n", c.Version, c.summary())
	var rows [][]string
	for _, p := range c.Rows {
		rows = append(rows, []string{
			p.Cell, p.Peer, title(p.Metric), number(p.Then.Median), number(p.Now.Median),
			fmt.Sprintf("%.3f", p.Ratio), p.interval(), p.spread(), string(p.Verdict),
		})
	}
	then, now := "then", "now"
	if c.Commit == "" {
		then, now = "without", "with"
	}
	writeTable(b, []string{"cell", "peer", "figure", then, now, now + "/" + then, "95 %", "rounds ±", ""}, rows)
}

// spread is how far the rounds of both builds are apart, at the most.
func (p Pair) spread() string {
	return fmt.Sprintf("%.1f %%", max(p.Now.spread(), p.Then.spread())*50)
}

// summary is what the table comes to.
func (c *Comparison) summary() string {
	if len(c.Rows) == 0 {
		return "Nothing was measured with both builds."
	}
	count := map[Verdict]int{}
	for _, p := range c.Rows {
		count[p.Verdict]++
	}
	text := fmt.Sprintf("Of %d figures %d are within %.0f %% (allocations: within %.2f) or better, %d are worse, %d are too noisy to tell.",
		len(c.Rows), count[Within]+count[Better], Tolerance*100, allocTolerance, count[Worse], count[Noisy])
	if count[Noisy] > 0 {
		text += fmt.Sprintf(" What is noisy differs between rounds by so much that %.0f %% cannot be seen in %d of them:"+
			" the machine was busy. Take more -rounds, or a quieter machine.", Tolerance*100, c.rounds())
	}
	return text
}

// rounds is the most that any figure has.
func (c *Comparison) rounds() (most int) {
	for _, p := range c.Rows {
		most = max(most, p.Now.Rounds)
	}
	return most
}
