package schema

import "slices"

// index finds the members of a shape.
type index struct {
	shape *Shape
	order []int // positions, ascending by member

	// Only in a review.
	byName   map[string]int // positions
	reserved reservations
}

func newIndex(s *Shape, review bool) *index {
	in := &index{shape: s, order: make([]int, s.size())}
	for pos := range in.order {
		in.order[pos] = pos
	}
	slices.SortFunc(in.order, func(a, b int) int { return s.memberAt(a).compare(s.memberAt(b)) })
	if review {
		in.byName = make(map[string]int, s.size())
		for pos := range in.order {
			in.byName[s.nameAt(pos)] = pos
		}
		in.reserved = reservationsOf(s.Reserved, s.Keys)
	}
	return in
}

// has reports whether the shape has the member.
func (in *index) has(m member) bool {
	_, ok := slices.BinarySearchFunc(in.order, m, func(pos int, m member) int { return in.shape.memberAt(pos).compare(m) })
	return ok
}
