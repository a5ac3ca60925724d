// Package report turns measurements into tables, JSON and verdicts.
package report

import (
	"slices"

	"github.com/gridrpc/gridc/bench/internal/load"
)

// Stat is one figure over the rounds.
type Stat struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
	Rounds int     `json:"rounds"`
}

// newStat sums up values, of which there is at least one.
func newStat(values []float64) Stat {
	s := slices.Sorted(slices.Values(values))
	median := s[len(s)/2]
	if len(s)%2 == 0 {
		median = (s[len(s)/2-1] + median) / 2
	}
	return Stat{Median: median, Min: s[0], Max: s[len(s)-1], Rounds: len(s)}
}

// spread is how far apart the rounds are, as a part of the median.
func (s Stat) spread() float64 {
	if s.Median == 0 {
		return 0
	}
	return (s.Max - s.Min) / s.Median
}

// key names a result.
type key struct{ cell, peer string }

// Results collects the measurements of all rounds.
type Results struct {
	cells  []load.Cell // in the order in which they came
	peers  map[string][]string
	values map[key]map[string][]float64
	failed map[key]string
}

// NewResults returns empty results.
func NewResults() *Results {
	return &Results{
		peers:  map[string][]string{},
		values: map[key]map[string][]float64{},
		failed: map[key]string{},
	}
}

// Add adds what one round found.
func (r *Results) Add(c load.Cell, peer string, m load.Metrics) {
	r.see(c, peer)
	k := key{c.String(), peer}
	if r.values[k] == nil {
		r.values[k] = map[string][]float64{}
	}
	for name, v := range m {
		r.values[k][name] = append(r.values[k][name], v)
	}
}

// Fail records that a measurement did not end well.
func (r *Results) Fail(c load.Cell, peer string, err error) {
	r.see(c, peer)
	r.failed[key{c.String(), peer}] = err.Error()
}

func (r *Results) see(c load.Cell, peer string) {
	name := c.String()
	if r.peers[name] == nil {
		r.cells = append(r.cells, c)
	}
	if !slices.Contains(r.peers[name], peer) {
		r.peers[name] = append(r.peers[name], peer)
	}
}

// Failures returns what did not end well, one line each.
func (r *Results) Failures() (lines []string) {
	for k, err := range r.failed {
		lines = append(lines, k.peer+" "+k.cell+": "+err)
	}
	slices.Sort(lines)
	return lines
}

// Stat returns a figure, if it was measured.
func (r *Results) Stat(cell, peer, metric string) (Stat, bool) {
	values := r.values[key{cell, peer}][metric]
	if len(values) == 0 {
		return Stat{}, false
	}
	return newStat(values), true
}

// ratio of a peer's median to another's.
func (r *Results) ratio(cell, peer, base, metric string) (float64, bool) {
	a, ok := r.Stat(cell, peer, metric)
	b, there := r.Stat(cell, base, metric)
	if !ok || !there || b.Median == 0 {
		return 0, false
	}
	return a.Median / b.Median, true
}
