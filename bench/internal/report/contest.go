package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Contest is what the gridc command and others took for the same work.
type Contest struct {
	Entries  []Entry
	Versions map[string]string // of the others
	LeftOut  string            // why there are no others
}

// Entry is how long one command took for one piece of work, run by run. Those of
// the same work are compared with the first, which is gridc's.
type Entry struct {
	Work, Command string
	Goal          time.Duration // 0: it has none
	Times         []time.Duration
	CPU           []time.Duration // of it and of what it started; the load of the machine is not in it
	Written       int64           // bytes of Go
}

// milliseconds sums up some runs.
func milliseconds(runs []time.Duration) Stat {
	var ms []float64
	for _, d := range runs {
		ms = append(ms, float64(d)/float64(time.Millisecond))
	}
	return newStat(ms)
}

// Markdown writes the contest for people.
func (c *Contest) Markdown(w io.Writer, e Environment) error {
	e.Versions = map[string]string{"gridc": "this tree"}
	for name, version := range c.Versions {
		e.Versions[name] = version
	}
	var b strings.Builder
	(&Report{Environment: e}).writeEnvironment(&b)
	writeTable(&b, []string{"work", "command", "ms, median", "fastest", "slowest", "× gridc", "CPU ms", "CPU × gridc", "MB of Go", "goal", ""}, c.rows())
	if c.LeftOut != "" {
		fmt.Fprintf(&b, "gridc is alone: %s.\n", c.LeftOut)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// rows are sorted by work, in the order in which the works come first.
func (c *Contest) rows() (rows [][]string) {
	var works []string
	for _, e := range c.Entries {
		if !slices.Contains(works, e.Work) {
			works = append(works, e.Work)
		}
	}
	for _, work := range works {
		var wall, cpu float64 // gridc's
		for _, e := range c.Entries {
			if e.Work != work {
				continue
			}
			s, used := milliseconds(e.Times), milliseconds(e.CPU)
			if wall == 0 {
				wall, cpu = s.Median, used.Median
			}
			goal, verdict := e.verdict()
			rows = append(rows, []string{
				work, e.Command, number(s.Median), number(s.Min), number(s.Max), number(s.Median / wall),
				number(used.Median), number(used.Median / cpu), e.written(), goal, verdict,
			})
		}
	}
	return rows
}

func (e Entry) written() string {
	if e.Written == 0 {
		return ""
	}
	return number(float64(e.Written) / 1e6)
}

// verdict is the goal and whether the median reaches it.
func (e Entry) verdict() (goal, verdict string) {
	if e.Goal == 0 {
		return "", ""
	}
	want := float64(e.Goal) / float64(time.Millisecond)
	verdict = "**miss**"
	if milliseconds(e.Times).Median <= want {
		verdict = "pass"
	}
	return "≤ " + number(want), verdict
}
