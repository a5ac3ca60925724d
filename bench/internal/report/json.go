package report

import (
	"encoding/json"
	"io"

	"github.com/gridrpc/gridc/bench/internal/load"
)

// row is one cell of one peer in JSON.
type row struct {
	Cell    string          `json:"cell"`
	Peer    string          `json:"peer"`
	Error   string          `json:"error,omitempty"`
	Metrics map[string]Stat `json:"metrics,omitempty"`
}

// MarshalJSON lists the results in the order of the plan.
func (r *Results) MarshalJSON() ([]byte, error) {
	rows := []row{}
	for _, c := range r.cells {
		for _, peer := range r.peers[c.String()] {
			rows = append(rows, r.row(c, peer))
		}
	}
	return json.Marshal(rows)
}

func (r *Results) row(c load.Cell, peer string) row {
	k := key{c.String(), peer}
	stats := map[string]Stat{}
	for name, values := range r.values[k] {
		stats[name] = newStat(values)
	}
	return row{Cell: k.cell, Peer: peer, Error: r.failed[k], Metrics: stats}
}

// JSON writes the report for programs.
func (p *Report) JSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "\t")
	return enc.Encode(p)
}
