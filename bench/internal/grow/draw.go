package grow

import (
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	chart "github.com/wcharczuk/go-chart/v2"
)

// print writes the figures as a Markdown table.
func (s study) print(w io.Writer, lines []line) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s: %s\n\n| %s |", s.title, s.y, s.x)
	for _, l := range lines {
		fmt.Fprintf(&b, " %s |", l.peer)
	}
	fmt.Fprintf(&b, "\n| ---: |%s\n", strings.Repeat(" ---: |", len(lines)))
	for i, x := range s.xs {
		fmt.Fprintf(&b, "| %d |", x)
		for _, l := range lines {
			cell := "–"
			if i < len(l.ys) {
				cell = fmt.Sprintf("%.4g", l.ys[i])
			}
			fmt.Fprintf(&b, " %s |", cell)
		}
		b.WriteByte('\n')
	}
	for _, l := range lines {
		if l.err != nil {
			fmt.Fprintf(&b, "\n%s ends %v\n", l.peer, l.err)
		}
	}
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}

// plot draws the lines on two logarithmic axes.
func (s study) plot(path string, lines []line) error {
	var series []chart.Series
	var xs, ys []float64
	for _, l := range lines {
		if len(l.xs) < 2 {
			continue // a single point is no line
		}
		lx, ly := logs(l.xs), logs(l.ys)
		xs, ys = append(xs, lx...), append(ys, ly...)
		series = append(series, chart.ContinuousSeries{
			Name: l.peer, XValues: lx, YValues: ly,
			Style: chart.Style{StrokeWidth: 2, DotWidth: 3, StrokeColor: chart.GetDefaultColor(len(series)), DotColor: chart.GetDefaultColor(len(series))},
		})
	}
	if len(series) == 0 {
		return nil
	}
	grid := chart.Style{StrokeWidth: 0.5, StrokeColor: chart.ColorLightGray}
	c := chart.Chart{
		Title: s.title, TitleStyle: chart.Style{FontSize: 12}, Width: 800, Height: 480,
		Background: chart.Style{Padding: chart.Box{Top: 50, Left: 20, Right: 20, Bottom: 20}},
		XAxis:      chart.XAxis{Name: s.x, Ticks: ticks(xs), GridMajorStyle: grid},
		YAxis:      chart.YAxis{Name: s.y, Ticks: ticks(ys), GridMajorStyle: grid},
		Series:     series,
	}
	c.Elements = []chart.Renderable{chart.Legend(&c)}
	return draw(&c, path)
}

func draw(c *chart.Chart, path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := c.Render(chart.SVG, f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// logs are decimal logarithms. Nothing counts as a tenth, so that a payload of no
// bytes has a place.
func logs(values []float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = math.Log10(max(v, 0.1))
	}
	return out
}

// ticks are the powers of ten around logarithms.
func ticks(logs []float64) (all []chart.Tick) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range logs {
		low, high = min(low, v), max(high, v)
	}
	for v := math.Floor(low); v <= math.Ceil(high); v++ {
		all = append(all, chart.Tick{Value: v, Label: label(v)})
	}
	return all
}

func label(log float64) string {
	v := math.Pow(10, log)
	if v < 1 {
		return fmt.Sprintf("%.1g", v)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
