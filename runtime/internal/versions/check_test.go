package versions

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	grid "github.com/gridrpc/gridc/runtime"
)

// check returns what must not be in a world.
func (w *world) check() (faults []string) {
	for _, o := range w.outcomes {
		for _, what := range slices.Concat(w.checkAnswers(o), w.checkRuns(o), w.checkError(o)) {
			faults = append(faults, fmt.Sprintf("%s of %s %s → %s: %s", o.name, o.from, o.client.name, o.to, what))
		}
	}
	return faults
}

// checkAnswers: each answer is what a build of the other node that fits gives for
// that order, in the order of the orders, and a stream that ended has them all.
func (w *world) checkAnswers(o *outcome) (faults []string) {
	if o.hours {
		for _, a := range o.answers {
			if !slices.ContainsFunc(o.servers, func(b *build) bool { return b.name == a.Name }) {
				faults = append(faults, fmt.Sprintf("answered %+v, which none of %s says", a, names(o.servers)))
			}
		}
		return faults
	}
	for i, a := range o.answers {
		n := i
		if o.tally {
			n = o.orders - 1
		}
		order := o.order(n)
		runs := w.runs[order.Name]
		if len(runs) == 0 {
			faults = append(faults, fmt.Sprintf("order %d was answered and came to no handler", n))
			continue
		}
		if want := o.client.receipt(runs[0].server, order); a != want {
			faults = append(faults, fmt.Sprintf("order %d was answered %+v, want %+v", n, a, want))
		}
	}
	due := max(1, o.orders)
	if o.tally {
		due = 1
	}
	if (o.err == nil) != (len(o.answers) == due && (o.orders == 0 || o.ended)) {
		faults = append(faults, fmt.Sprintf("%d of %d answers, ended: %v, error: %v", len(o.answers), due, o.ended, o.err))
	}
	return faults
}

// checkRuns: an order comes to a handler once or never, at the node that was
// called, of a build that fits, as it was sent; those of a stream without a gap.
func (w *world) checkRuns(o *outcome) (faults []string) {
	before := true // whether the order before this one has come
	for n := range max(1, o.orders) {
		order := o.order(n)
		runs := w.runs[order.Name]
		if len(runs) > 1 {
			faults = append(faults, fmt.Sprintf("order %d came to %d handlers", n, len(runs)))
		}
		if len(runs) > 0 && !before {
			faults = append(faults, fmt.Sprintf("order %d came, and the one before did not", n))
		}
		before = len(runs) > 0
		for _, r := range runs {
			want := o.client.receipt(r.server, order) // of an order the same fields are lost
			if r.node != o.to || !o.client.fits(r.server) || r.order != want {
				faults = append(faults, fmt.Sprintf("order %d came to %s %s as %+v", n, r.node, r.server.name, r.order))
			}
		}
	}
	return faults
}

// checkError: an error says truly whether a handler may have seen the task, and
// one about what does not fit is of this end and names the field.
func (w *world) checkError(o *outcome) (faults []string) {
	if o.err == nil {
		return nil
	}
	came := len(w.runs[o.order(0).Name]) > 0
	says := grid.OutcomeOf(o.err)
	switch {
	case says == 0:
		faults = append(faults, fmt.Sprintf("no outcome: %v", o.err))
	case came && (says == grid.NotSent || says == grid.Rejected):
		faults = append(faults, fmt.Sprintf("came to a handler: %v", o.err))
	}
	fitting := func(b *build) bool { return o.client.fits(b) }
	if !o.hours && !slices.ContainsFunc(o.servers, fitting) && says != grid.NotSent {
		faults = append(faults, fmt.Sprintf("none of %s fits, so nothing is to be sent: %v", names(o.servers), o.err))
	}
	if errors.Is(o.err, grid.ErrIncompatible) {
		faults = append(faults, w.checkVerdict(o)...)
	} else if errors.Is(o.err, grid.ErrUnknownHandler) || errors.Is(o.err, grid.ErrInvalidArgument) || errors.Is(o.err, grid.ErrInternal) {
		faults = append(faults, fmt.Sprintf("what all builds have fails with %v", o.err))
	}
	return faults
}

// checkVerdict: what does not fit is said here, before anything is sent, with the
// field; and it is said of builds alone that do not fit.
func (w *world) checkVerdict(o *outcome) (faults []string) {
	if o.hours || !slices.ContainsFunc(o.servers, func(b *build) bool { return !o.client.fits(b) }) {
		faults = append(faults, fmt.Sprintf("%s fit: %v", names(o.servers), o.err))
	}
	if grid.OutcomeOf(o.err) != grid.NotSent || grid.IsRemote(o.err) {
		faults = append(faults, fmt.Sprintf("not said here: %v", o.err))
	}
	handler := "shop.Shop.Buy"
	switch {
	case o.tally:
		handler = "shop.Shop.Tally"
	case o.orders > 0:
		handler = "shop.Shop.Cart"
	}
	for _, part := range []string{handler, "count", "uint32", "string"} {
		if !strings.Contains(o.err.Error(), part) {
			faults = append(faults, fmt.Sprintf("nothing about %s in: %v", part, o.err))
		}
	}
	return faults
}

func names(bs []*build) string {
	var all []string
	for _, b := range bs {
		all = append(all, b.name)
	}
	return strings.Join(all, ", ")
}
