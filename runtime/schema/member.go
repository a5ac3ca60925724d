package schema

import (
	"cmp"
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
