package codec

import (
	"cmp"
	"maps"
	"slices"
)

// SortedKeys returns the keys of a map in ascending order. It is for a map whose
// schema says @sorted, so that the same value has the same bytes.
func SortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
