package plan

import (
	"regexp"
	"slices"
	"time"

	"github.com/gridrpc/gridc/bench/internal/load"
)

// Rounds and times of the gate. There are many short rounds: it is the medians of
// pairs that are compared.
const (
	GateRounds     = 41
	gateIdleRounds = 3
	gateTime       = 200 * time.Millisecond
)

// Gate are the cells that no change may make slower, for a peer as it is and as it
// was at a commit.
func Gate(peers []string, commit string) []Step {
	pingPong := load.Cell{Kind: load.PingPong, Size: 512}
	var steps []Step
	for _, c := range slices.Concat(Unary(), []load.Cell{pingPong}) {
		if c.Size == 64<<10 {
			continue // new messages of this size measure the collector
		}
		c.Time = gateTime
		steps = append(steps, Step{Cell: c})
	}
	for _, c := range idle() {
		steps = append(steps, Step{Cell: c, Rounds: gateIdleRounds})
	}
	return inPairs(steps, peers, commit)
}

// Pairs are any cells of the full plan, for the same.
func Pairs(cells *regexp.Regexp, peers []string, commit string) []Step {
	steps := Filter(Full(), cells, peers)
	for i := range steps {
		if steps[i].Rounds > 0 {
			steps[i].Rounds = gateIdleRounds
		}
	}
	return inPairs(steps, peers, commit)
}

// inPairs gives each step the peers, each with its older build.
func inPairs(steps []Step, peers []string, commit string) []Step {
	var pairs []string
	for _, name := range peers {
		pairs = append(pairs, name, Older(name, commit))
	}
	for i := range steps {
		steps[i].Peers = pairs
	}
	return Filter(steps, regexp.MustCompile(""), nil)
}

// Older names the build of a peer at a commit.
func Older(peer, commit string) string { return peer + "@" + commit }
