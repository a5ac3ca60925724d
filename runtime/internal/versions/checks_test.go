package versions

import (
	"errors"
	"strings"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
)

// The checker finds each kind of fault: a world that was sound is spoiled.
func TestCheckFindsFaults(t *testing.T) {
	v1, v2, v3 := builds[0], builds[1], builds[2]
	unsent := &grid.Error{Code: grid.Disconnected, Outcome: grid.NotSent}
	verdict := &grid.Error{Code: grid.Incompatible, Outcome: grid.NotSent, Message: "shop.Shop.Cart: field count is uint32 here, string there"}
	for name, c := range map[string]struct {
		spoil func(w *world, o *outcome)
		want  string
	}{
		"nothing":                      {func(*world, *outcome) {}, ""},
		"an answer of another call":    {func(_ *world, o *outcome) { o.answers[1].Count++ }, "order 1 was answered"},
		"a field that was lost":        {func(_ *world, o *outcome) { o.answers[0].Note = "" }, "order 0 was answered"},
		"an answer too few":            {func(_ *world, o *outcome) { o.answers = o.answers[:2] }, "2 of 3 answers"},
		"no end":                       {func(_ *world, o *outcome) { o.ended = false }, "3 of 3 answers, ended: false"},
		"answered by nobody":           {func(w *world, o *outcome) { delete(w.runs, o.order(2).Name) }, "order 2 was answered and came to no handler"},
		"the receipt of another order": {func(_ *world, o *outcome) { o.tally, o.answers = true, o.answers[:1] }, "order 2 was answered"},
		"a gap":                        {func(w *world, o *outcome) { delete(w.runs, o.order(1).Name) }, "order 2 came, and the one before did not"},
		"twice":                        {func(w *world, o *outcome) { n := o.order(0).Name; w.runs[n] = append(w.runs[n], w.runs[n]...) }, "came to 2 handlers"},
		"at the wrong node":            {func(w *world, o *outcome) { w.runs[o.order(0).Name][0].node = o.from }, "order 0 came to b v2"},
		"at a build that does not fit": {func(w *world, o *outcome) { w.runs[o.order(0).Name][0].server = v3 }, "order 0 came to a v3"},
		"with another value":           {func(w *world, o *outcome) { w.runs[o.order(0).Name][0].order.Size = 0 }, "order 0 came to a v2 as"},
		"an error after all":           {func(_ *world, o *outcome) { o.err = unsent }, "came to a handler"},
		"an error without an outcome":  {func(_ *world, o *outcome) { o.err = errors.New("no") }, "no outcome"},
		"a verdict on what fits":       {func(_ *world, o *outcome) { o.err = verdict }, "v2 fit"},
		"a verdict from afar": {func(_ *world, o *outcome) {
			o.err, o.servers = &grid.Error{Code: grid.Incompatible, Outcome: grid.Rejected, Remote: true}, []*build{v3}
		}, "not said here"},
		"a verdict without the field": {func(_ *world, o *outcome) {
			o.err, o.servers = &grid.Error{Code: grid.Incompatible, Outcome: grid.NotSent, Message: "shop.Shop.Cart uint32 string"}, []*build{v3}
		}, "nothing about count"},
		"sent to what does not fit": {func(_ *world, o *outcome) {
			o.err, o.servers = &grid.Error{Code: grid.Disconnected, Outcome: grid.MayHaveRun}, []*build{v3}
		}, "none of v3 fits"},
		"not known":       {func(_ *world, o *outcome) { o.err = &grid.Error{Code: grid.UnknownHandler, Outcome: grid.NotSent} }, "what all builds have"},
		"hours of nobody": {func(_ *world, o *outcome) { o.hours, o.servers = true, []*build{v1} }, "which none of v1 says"},
	} {
		t.Run(name, func(t *testing.T) {
			o := &outcome{task: task{name: "task", from: dialer, to: acceptor, orders: 3, count: 1}, client: v2, servers: []*build{v2}, ended: true}
			w := &world{runs: map[string][]run{}, outcomes: []*outcome{o}}
			for n := range o.orders {
				w.runs[o.order(n).Name] = []run{{acceptor, v2, o.order(n)}}
				o.answers = append(o.answers, o.order(n))
			}
			c.spoil(w, o)
			found := strings.Join(w.check(), "\n")
			if c.want == "" && found != "" || !strings.Contains(found, c.want) {
				t.Errorf("found: %s\nwant: %s", found, c.want)
			}
		})
	}
}
