package schema

import (
	"cmp"
	"slices"
	"strconv"
)

// member is the identity of a field, a variant or an enum value inside its
// shape: a number, or a string key.
type member struct {
	number int64
	key    string
}

func (f *Field) member() member { return member{int64(f.Number), f.Key} }

func (v *Value) member() member { return member{number: v.Number} }

func (m member) compare(other member) int {
	return cmp.Or(cmp.Compare(m.number, other.number), cmp.Compare(m.key, other.key))
}

// String returns the identity as it stands right of the "=".
func (m member) String() string {
	if m.key != "" {
		return quote(m.key)
	}
	return strconv.FormatInt(m.number, 10)
}

// size returns how many members the shape has.
func (s *Shape) size() int {
	if s.Kind == Enum {
		return len(s.Values)
	}
	return len(s.Fields)
}

func (s *Shape) memberAt(pos int) member {
	if s.Kind == Enum {
		return s.Values[pos].member()
	}
	return s.Fields[pos].member()
}

func (s *Shape) nameAt(pos int) string {
	if s.Kind == Enum {
		return s.Values[pos].Name
	}
	return s.Fields[pos].Name
}

// has reports whether the shape, whose index is in, has the member.
func (s *Shape) has(in *index, m member) bool {
	_, ok := slices.BinarySearchFunc(in.order, m, func(pos int, m member) int {
		return s.memberAt(pos).compare(m)
	})
	return ok
}

// indexOf returns the index of a shape of either table, made when first needed.
func (j *Judge) indexOf(s *Shape) *index {
	in := j.index[s]
	if in == nil {
		in = &index{order: make([]int, s.size())}
		if j.review {
			in.byName = make(map[string]int, s.size())
			in.reserved = reservationsOf(s.Reserved, s.Keys)
		}
		for pos := range in.order {
			in.order[pos] = pos
			if j.review {
				in.byName[s.nameAt(pos)] = pos
			}
		}
		slices.SortFunc(in.order, func(a, b int) int { return s.memberAt(a).compare(s.memberAt(b)) })
		j.index[s] = in
	}
	return in
}
