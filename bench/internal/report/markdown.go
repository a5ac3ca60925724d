package report

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gridrpc/gridc/bench/internal/load"
	"github.com/gridrpc/gridc/bench/internal/plan"
)

// Report is everything that a run found.
type Report struct {
	Environment Environment `json:"environment"`
	Goals       []Goal      `json:"goals,omitempty"`
	Extra       Extra       `json:"extra"`
	Results     *Results    `json:"results"`
	Comparison  *Comparison `json:"comparison,omitempty"`
	// Notes say what is missing, and why.
	Notes []string `json:"notes,omitempty"`
}

// columns of the tables: only those that a cell has are shown.
var columns = []struct{ metric, title string }{
	{load.Rate, "a second"},
	{load.MBRate, "MB/s"},
	{load.P50, "p50 µs"},
	{load.P99, "p99 µs"},
	{load.P999, "p99.9 µs"},
	{load.Late, "begun late, p99 µs"},
	{load.Ready, "ready ms"},
	{load.Slowest, "slowest ms"},
	{load.Lost, "lost"},
	{load.Doubt, "in doubt"},
	{load.CPU, "CPU µs"},
	{load.CPUPerMB, "CPU µs a MB"},
	{load.Allocs, "allocs"},
	{load.AllocBytes, "bytes allocated"},
	{load.Syscalls, "read+write calls"},
	{load.Held, "bytes held"},
	{load.Goroutines, "goroutines"},
}

// title is what a figure is called in tables.
func title(metric string) string {
	for _, c := range columns {
		if c.metric == metric {
			return c.title
		}
	}
	return metric
}

// Err says what is wrong with the result: measurements that failed, and figures
// that became worse than the build that they are compared with.
func (p *Report) Err() error {
	var errs []error
	if n := len(p.Results.Failures()); n > 0 {
		errs = append(errs, fmt.Errorf("%d measurements failed", n))
	}
	if p.Comparison != nil {
		if worse := p.Comparison.Worse(); len(worse) > 0 {
			errs = append(errs, fmt.Errorf("worse than %s:\n%s", p.Comparison.Version, strings.Join(worse, "\n")))
		}
	}
	return errors.Join(errs...)
}

// Markdown writes the report for people.
func (p *Report) Markdown(w io.Writer) error {
	var b strings.Builder
	p.writeEnvironment(&b)
	p.writeGoals(&b)
	if p.Comparison != nil {
		p.Comparison.write(&b)
	}
	p.writeHello(&b)
	for _, c := range p.Results.cells {
		p.writeCell(&b, c)
	}
	if failures := p.Results.Failures(); len(failures) > 0 {
		fmt.Fprintf(&b, "### Failed\n\n- %s\n", strings.Join(failures, "\n- "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (p *Report) writeEnvironment(b *strings.Builder) {
	e := p.Environment
	fmt.Fprintf(b, "`%s` on %s, commit %s, %s, %s, %d × %s, load %s before and %s after.\n\n",
		e.Command, e.Date, e.Commit, e.Go, e.System, e.CPUs, e.Processor, e.LoadBefore, e.LoadAfter)
	var versions []string
	for name, version := range e.Versions {
		versions = append(versions, name+" "+version)
	}
	slices.Sort(versions)
	fmt.Fprintf(b, "Versions: %s.\n\n", strings.Join(versions, ", "))
}

func (p *Report) writeGoals(b *strings.Builder) {
	if len(p.Goals) == 0 {
		return
	}
	var rows [][]string
	for _, g := range p.Goals {
		rows = append(rows, []string{g.Name, g.Want, g.Got, g.Reuse, strings.Replace(g.Verdict, "miss", "**miss**", 1)})
	}
	fmt.Fprint(b, "### Goals\n\n")
	writeTable(b, []string{"goal", "want", "got", "with @reuse", ""}, rows)
	for _, note := range p.Notes {
		fmt.Fprintf(b, "%s\n\n", note)
	}
}

func (p *Report) writeHello(b *strings.Builder) {
	if len(p.Extra.Hello) == 0 {
		return
	}
	var rows [][]string
	for _, h := range p.Extra.Hello {
		rows = append(rows, []string{h.Peer, number(float64(h.Bytes) / (1 << 20)), strconv.Itoa(h.Modules)})
	}
	fmt.Fprint(b, "### Hello-world, stripped\n\n")
	writeTable(b, []string{"peer", "MiB", "modules linked"}, rows)
}

// ratios are the figures whose ratio is shown, where that is not the rate.
var ratios = map[load.Kind]string{
	load.Beside: load.MBRate, load.Due: load.MBRate, load.Sessions: load.Held, load.Streams: load.Held, load.Start: load.Ready,
}

func (p *Report) writeCell(b *strings.Builder, c load.Cell) {
	name := c.String()
	header := []string{"peer", "× " + plan.Base}
	var shown []string
	for _, col := range columns {
		if slices.ContainsFunc(p.Results.peers[name], func(peer string) bool {
			s, ok := p.Results.Stat(name, peer, col.metric)
			return ok && (s.Max > 0 || col.metric == load.Lost || col.metric == load.Doubt) // none is what one wants to read
		}) {
			header, shown = append(header, col.title), append(shown, col.metric)
		}
	}
	if len(shown) == 0 {
		return
	}
	ratioOf := cmp.Or(ratios[c.Kind], load.Rate)
	var rows [][]string
	for _, peer := range p.Results.peers[name] {
		row := []string{peer, "–"}
		if x, ok := p.Results.ratio(name, peer, plan.Base, ratioOf); ok {
			row[1] = number(x)
		}
		for _, metric := range shown {
			row = append(row, p.figure(name, peer, metric))
		}
		rows = append(rows, row)
	}
	fmt.Fprintf(b, "### %s\n\n", name)
	writeTable(b, header, rows)
}

// figure is a median; where rounds vary, with their spread.
func (p *Report) figure(cell, peer, metric string) string {
	s, ok := p.Results.Stat(cell, peer, metric)
	if !ok {
		return "–"
	}
	varies := metric == load.Rate || metric == load.P50 || metric == load.P99 || metric == load.P999
	if varies && s.Rounds > 1 {
		return fmt.Sprintf("%s ±%.0f%%", number(s.Median), s.spread()*50)
	}
	return number(s.Median)
}

func writeTable(b *strings.Builder, header []string, rows [][]string) {
	line := func(cells []string) { fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | ")) }
	line(header)
	rule := make([]string, len(header))
	for i := range rule {
		rule[i] = "---:"
	}
	rule[0] = "---"
	line(rule)
	for _, row := range rows {
		line(row)
	}
	b.WriteByte('\n')
}

// number writes three digits that matter.
func number(x float64) string {
	switch {
	case math.Abs(x) >= 10_000:
		return thousands(int64(math.Round(x)))
	case math.Abs(x) >= 100 || x == math.Trunc(x):
		return strconv.FormatFloat(x, 'f', 0, 64)
	case math.Abs(x) >= 10:
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}

func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
