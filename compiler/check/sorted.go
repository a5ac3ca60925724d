package check

import (
	"github.com/gridrpc/gridc/compiler/ir"
)

// checkSorted sorts the maps of a field that says so, and reports one without any.
func (c *checker) checkSorted(t *ir.Type, set annoSet) {
	if t != nil && set.sorted && !sortType(t) {
		c.report("annotation-misplaced", set.seen["sorted"], "`@sorted` does not fit %s", t.Describe()).
			Help("it is for maps, and for messages, unions and errors that contain maps")
	}
}

// sortMaps sorts all maps that fields hold themselves.
func sortMaps(fields []*ir.Field) {
	for _, f := range fields {
		sortType(f.Type)
	}
}

// sortType sorts the maps of a type, and reports whether it has one.
func sortType(t *ir.Type) (sorted bool) {
	for ; t != nil; t = t.Elem {
		if t.Kind == ir.Map {
			t.Sorted, sorted = true, true
		}
	}
	return sorted
}
