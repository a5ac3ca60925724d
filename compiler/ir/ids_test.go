package ir

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGaps(t *testing.T) {
	for _, tc := range []struct {
		name        string
		taken, want []Range
	}{
		{"nothing taken", nil, []Range{{1, 100}}},
		{"all taken", []Range{{1, 100}}, nil},
		{"more than all", []Range{{0, 50}, {51, 200}}, nil},
		{"both ends", []Range{{100, 100}, {1, 1}}, []Range{{2, 99}}},
		{"one in another", []Range{{10, 50}, {20, 30}, {40, 60}}, []Range{{1, 9}, {61, 100}}},
		{"twice", []Range{{5, 5}, {5, 5}}, []Range{{1, 4}, {6, 100}}},
		{"outside", []Range{{200, 300}}, []Range{{1, 100}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, gaps(tc.taken, 1, 100)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
