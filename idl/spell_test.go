package idl

import (
	"strings"
	"testing"
)

func TestDistance(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"message", "message", 0},
		{"mesage", "message", 1}, {"messsage", "message", 1}, {"massage", "message", 1},
		{"emssage", "message", 1}, {"egassem", "message", 5}, {"ca", "abc", 3},
		{strings.Repeat("a", 1000), "a", 128},
	} {
		if got := distance(tc.a, tc.b); got != tc.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tc.a, tc.b, got, tc.want)
		}
		if got := distance(tc.b, tc.a); got != tc.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tc.b, tc.a, got, tc.want)
		}
	}
}

func TestNearest(t *testing.T) {
	for _, tc := range []struct{ name, candidates, want string }{
		{"DiskInof", "DiskInfo FileInfo", "DiskInfo"},
		{"diskinfo", "DiskInfz DiskInfo", "DiskInfo"}, // the same letters win over a near miss
		{"strng", "string bytes", "string"},
		{"in", "int id", ""},
		{"x", "y", ""},
		{"Entirely", "Different", ""},
		{"abcd", "abce abcf", "abce"}, // the first of equals
		{"same", "same", ""},          // a name is no suggestion for itself
	} {
		if got := Nearest(tc.name, strings.Fields(tc.candidates)); got != tc.want {
			t.Errorf("nearest(%q, %s) = %q, want %q", tc.name, tc.candidates, got, tc.want)
		}
	}
}
