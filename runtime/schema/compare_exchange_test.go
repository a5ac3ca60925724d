package schema

import (
	"fmt"
	"strings"
	"testing"
)

// ofTwo is a table with a field of the first or the second of two types, and a
// handler for each of them.
func ofTwo(used int, a, b Shape) *Table {
	t := oneField(shape(a.Kind, used), a, b)
	t.Handlers = append(t.Handlers, Handler{ID: 8, Name: "p.S.A", Request: shape(a.Kind, 1)}, Handler{ID: 9, Name: "p.S.B", Request: shape(b.Kind, 2)})
	return t
}

// A field that holds another type than before has changed; neither of the types has.
func TestAnotherTypeIsAChangeOfItsPlace(t *testing.T) {
	values := func(name string, base Kind, numbers ...int64) Shape {
		s := Shape{Kind: Enum, Name: name, Base: base}
		for _, n := range numbers {
			s.Values = append(s.Values, Value{fmt.Sprint("v", n), n})
		}
		return s
	}
	a := message("p.A", field("x", 1, typ(Bool)))
	for name, x := range map[string]struct {
		a, b Shape
		want Rule
	}{
		"the same wire":   {a, message("p.B", field("x", 1, typ(Bool))), ""},
		"another member":  {a, message("p.B", field("x", 1, typ(String))), FieldTypeChanged},
		"one member less": {a, message("p.B"), FieldTypeChanged},
		"a wider member":  {message("p.A", field("x", 1, typ(Int8))), message("p.B", field("x", 1, typ(Int64))), IntWidened},
		"a wider base":    {values("p.A", Uint8, 0), values("p.B", Uint16, 0), IntWidened},
		"a narrower base": {values("p.A", Uint16, 0), values("p.B", Uint8, 0), FieldTypeChanged},
		"more values":     {values("p.A", Uint8, 0), values("p.B", Uint8, 0, 1), EnumValueAdded},
		"fewer values":    {values("p.A", Uint8, 0, 1), values("p.B", Uint8, 0), FieldTypeChanged},
		"itself inside":   {message("p.A", field("n", 1, opt(shape(Message, 1)))), message("p.B", field("n", 1, opt(shape(Message, 2)))), ""},
	} {
		v := NewReview(ofTwo(1, x.a, x.b), ofTwo(2, x.a, x.b)).Table()
		expectOnly(t, v, x.want)
		if len(v) == 1 && (v[0].Member != "1" || !strings.Contains(v[0].Message, "`p.A` became ") || !strings.Contains(v[0].Message, "`p.B`: `p.")) {
			t.Errorf("%s: %+v", name, v[0])
		}
	}
}

// What has changed in a type that also left a place is still found in the type.
func TestATypeThatWasExchangedIsJudged(t *testing.T) {
	a, b := message("p.A", field("x", 1, typ(Bool))), message("p.B", field("x", 1, typ(Bool)))
	changed := message("p.A", field("x", 1, typ(String)))
	v := NewReview(ofTwo(1, a, b), ofTwo(2, changed, b)).Table()
	expectOnly(t, v, FieldTypeChanged)
	if len(v) == 1 && (v[0].Shape != "p.A" || v[0].Member != "1") {
		t.Errorf("%+v", v[0])
	}
}

// A type that two exchanged types hold, and that has changed itself, is judged by
// itself.
func TestWhatExchangedTypesHoldIsJudged(t *testing.T) {
	table := func(used int, held *Type) *Table {
		t := ofTwo(used, message("p.A", field("h", 1, shape(Message, 3))), message("p.B", field("h", 1, shape(Message, 3))))
		t.Shapes = append(t.Shapes, message("p.Held", field("x", 1, held)))
		t.Handlers = t.Handlers[:1]
		return t
	}
	v := NewReview(table(1, typ(Bool)), table(2, typ(String))).Table()
	expectOnly(t, v, FieldTypeChanged)
	if len(v) == 1 && v[0].Shape != "p.Held" {
		t.Errorf("%+v", v[0])
	}
}

// Types that are exchanged in a circle meet in many pairs: the judge compares what
// it may, and says where it stopped.
func TestExchangeHasABudget(t *testing.T) {
	circle := func(step int) *Table {
		const n = 100
		t := &Table{Handlers: []Handler{{ID: 1, Request: shape(Message, 0)}}}
		for i := range n {
			t.Shapes = append(t.Shapes, message(fmt.Sprint("p.M", i), field("next", 1, opt(shape(Message, (i+step)%n)))))
		}
		return t
	}
	expectOnly(t, NewReview(circle(1), circle(2)).Table()) // the same wire, told in Go's words only
	j := NewReview(circle(1), circle(2))
	j.Limit(50)
	if v := j.Table(); len(v) != 1 || v[0].Rule != TooComplex {
		t.Errorf("%v, want the judge to say that it gave up", v)
	}
}
