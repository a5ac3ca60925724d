package codecs

import (
	"fmt"
	"io"
	"slices"
)

// Goal is how many times as long as vtprotobuf gridc may take.
const Goal = 1.3

// Tables writes a table for each operation, in Markdown.
func Tables(w io.Writer, results []*Result) {
	for _, op := range Ops {
		fmt.Fprintf(w, "\n`%s`\n\n| value | codec | ns | × %s | B | allocs | on the wire |\n| --- | --- | ---: | ---: | ---: | ---: | ---: |\n", op, Base)
		for _, r := range results {
			if r.Op == op {
				fmt.Fprintf(w, "| %s | %s | %.0f | %.2f | %.0f | %.0f | %d |\n",
					r.Value, r.Codec, r.Median(), ratio(results, r), r.Bytes, r.Allocs, r.Size)
			}
		}
	}
}

// Goals writes for each value and operation whether gridc reaches its goal, and
// returns how many it misses.
func Goals(w io.Writer, results []*Result) (missed int) {
	fmt.Fprintf(w, "\n| gridc | want | got |  |\n| --- | ---: | ---: | ---: |\n")
	for _, r := range results {
		if r.Codec != Grid {
			continue
		}
		verdict, got := "pass", ratio(results, r)
		if got > Goal {
			verdict = "**miss**"
			missed++
		}
		fmt.Fprintf(w, "| %s, %s | ≤ %.2f × %s | %.2f | %s |\n", r.Value, r.Op, Goal, Base, got, verdict)
	}
	return missed
}

// ratio is how many times as long r took as the base for the same: the median of
// the ratios of single rounds, in which both had the same machine.
func ratio(results []*Result, r *Result) float64 {
	at := slices.IndexFunc(results, func(x *Result) bool { return x.Codec == Base && x.Value == r.Value && x.Op == r.Op })
	if at < 0 {
		return 0
	}
	both := Result{}
	for i := range min(len(r.Times), len(results[at].Times)) {
		both.Times = append(both.Times, r.Times[i]/results[at].Times[i])
	}
	return both.Median()
}
