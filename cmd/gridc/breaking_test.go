package main

import (
	"testing"

	"github.com/gridrpc/gridc/compiler"
)

// Who looks at one rule only must still learn that the comparison was not complete.
func TestOnlyNeverHidesAnIncompleteReview(t *testing.T) {
	cmd := &breakingCmd{Only: []string{"wire/field-deleted", "p.A.1"}}
	for _, tc := range []struct {
		change  compiler.Change
		ignored bool
	}{
		{compiler.Change{ID: "wire/field-deleted", Subject: "p.B.1"}, false},
		{compiler.Change{ID: "wire/field-type-changed", Subject: "p.A.1"}, false},
		{compiler.Change{ID: "wire/field-type-changed", Subject: "p.B.1"}, true},
		{compiler.Change{ID: compiler.TooComplex, Subject: "p.S.Get/request"}, false},
	} {
		if got := cmd.ignores(tc.change); got != tc.ignored {
			t.Errorf("%s of %s is ignored: %v, want %v", tc.change.ID, tc.change.Subject, got, tc.ignored)
		}
	}
}
