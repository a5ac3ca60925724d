package debug

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/gridrpc/gridc/runtime/observe"
)

// Pictures are inline SVG of numbers alone, which nothing of others gets into.

const (
	histogramWidth, histogramHeight = 120, 22
	rateWidth, rateHeight           = 600, 72
)

// histogram draws how long calls took, from a microsecond to a minute, by the
// logarithm: a bar for each doubling.
func histogram(l observe.Latency) template.HTML {
	const from, doublings = -80, 26
	var bars [doublings]uint64
	most := uint64(0)
	for i, n := range l.Counts {
		at := min(max((l.First+i-from)/4, 0), doublings-1)
		bars[at] += n
		most = max(most, bars[at])
	}
	if most == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="hist" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" role="img"><title>1 µs to 1 min, a bar for each doubling</title>`, histogramWidth, histogramHeight)
	const width = float64(histogramWidth) / doublings
	for i, n := range bars {
		h := 1.0
		if n > 0 {
			h = 3 + (histogramHeight-4)*math.Sqrt(float64(n)/float64(most))
		}
		class := "b"
		if n == 0 {
			class = "e"
		}
		fmt.Fprintf(&b, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`, class, float64(i)*width, histogramHeight-h, width-1, h)
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// sparkline draws a minute of rates: calls as an area, failures as a line over it.
func sparkline(past []point) template.HTML {
	calls, failed, most := rates(past)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="rates" viewBox="0 0 %d %d" preserveAspectRatio="none" role="img"><title>calls and failures a second, the last minute</title>`, rateWidth, rateHeight)
	for _, y := range []float64{0.25, 0.5, 0.75} {
		fmt.Fprintf(&b, `<line class="g" x1="0" x2="%d" y1="%.1f" y2="%.1[2]f"/>`, rateWidth, y*rateHeight)
	}
	if len(calls) > 1 {
		line := curve(past, calls, most)
		fmt.Fprintf(&b, `<path class="a" d="M%.1f %d L%s L%d %d Z"/><path class="c" d="M%s"/><path class="f" d="M%s"/>`, x(past, 1), rateHeight, line, rateWidth, rateHeight, line, curve(past, failed, most))
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// rates are those between each two points.
func rates(past []point) (calls, failed []float64, most float64) {
	most = 1
	for i := 1; i < len(past); i++ {
		seconds := max(past[i].at.Sub(past[i-1].at).Seconds(), 0.001)
		calls = append(calls, float64(past[i].calls-past[i-1].calls)/seconds)
		failed = append(failed, float64(past[i].failed-past[i-1].failed)/seconds)
		most = max(most, calls[i-1])
	}
	return calls, failed, most
}

// x is where a point stands: the newest at the right, a minute before it at the left.
func x(past []point, i int) float64 {
	age := past[len(past)-1].at.Sub(past[i].at).Seconds()
	return max(0, rateWidth*(1-age/60))
}

func curve(past []point, values []float64, most float64) string {
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteString(" L")
		}
		fmt.Fprintf(&b, "%.1f %.1f", x(past, i+1), rateHeight-2-(rateHeight-6)*min(v/most, 1))
	}
	return b.String()
}
