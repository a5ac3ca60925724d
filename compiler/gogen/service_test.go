package gogen

import (
	"fmt"
	"testing"
	"time"
)

// What is generated does not depend on how many bits an int has where gridc runs.
func TestDurationsAreWrittenWhole(t *testing.T) {
	for d, want := range map[time.Duration]string{
		2 * time.Second:                 "2 * time.Second",
		90 * time.Minute:                "90 * time.Minute",
		1<<31 + 1:                       "2147483649 * time.Nanosecond",
		3_000_000_001:                   "3000000001 * time.Nanosecond",
		3_000_000_001 * 1000:            "3000000001 * time.Microsecond",
		1<<63 - 1:                       "9223372036854775807 * time.Nanosecond",
		2_562_047 * time.Hour:           "2562047 * time.Hour",
		9_223_372_036 * time.Second:     "9223372036 * time.Second",
		9_223_372_035 * time.Second / 5: "1844674407 * time.Second",
	} {
		if got := fmt.Sprintf("%#v", durationExpr(d)); got != want {
			t.Errorf("%d: %s instead of %s", d, got, want)
		}
	}
}
