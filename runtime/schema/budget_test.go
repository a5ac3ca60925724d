package schema

import (
	"slices"
	"testing"
)

// circle is n messages of which each contains the next one, and the last the first.
func circle(n int) []Shape {
	var shapes []Shape
	for i := range n {
		shapes = append(shapes, message("p.A", field("next", 1, opt(shape(Message, (i+1)%n)))))
	}
	return shapes
}

// calling is a table whose handlers take the first shape.
func calling(shapes []Shape, handlers ...Handler) *Table {
	return &Table{Shapes: shapes, Handlers: handlers}
}

func TestReviewOfManyMembersIsComplete(t *testing.T) {
	// Far more members than a session would look at.
	big := message("p.Big")
	for n := 1; n <= 2*sessionBudget; n++ {
		big.Fields = append(big.Fields, field("f", n, typ(Bool)))
	}
	rest := message("p.Rest", field("f", 1, shape(Message, 0)))
	table := &Table{Shapes: []Shape{big, rest}, Handlers: []Handler{{ID: 1, Request: shape(Message, 1)}}}
	expectOnly(t, NewReview(table, table).Table())
}

// Each type below a handler is compared once, not once for each handler: all
// pairs of handlers and types would be as many as those of circles.
func TestReviewComparesATypeOnceForEachDirection(t *testing.T) {
	var handlers []Handler
	for id := range uint16(3000) {
		handlers = append(handlers, Handler{ID: id + 1, Request: shape(Message, 0), Response: shape(Message, 0)})
	}
	changed := circle(3000)
	changed[2999].Fields = append(changed[2999].Fields, field("load", 2, typ(Float32)))
	old := calling(changed, handlers...)
	now := slices.Clone(changed)
	now[2999].Fields = []Field{changed[2999].Fields[0], field("load", 2, typ(Float64))}
	v := NewReview(old, calling(now, handlers...)).Table()
	expectOnly(t, v, FloatWidened, FloatWidened)
	if len(v) == 2 && v[0].Slot == v[1].Slot {
		t.Errorf("both findings are about the %s", v[0].Slot)
	}
}

func TestReviewOfCirclesIsExactBelowTheBudget(t *testing.T) {
	old, now := circle(200), circle(201)
	for i := range now {
		now[i].Reserved = []Range{{2, 2}}
	}
	now[200].Reserved, now[200].Fields = nil, append(now[200].Fields, field("x", 2, typ(Bool)))
	old[0].Fields = append(old[0].Fields, field("x", 2, typ(Int8)))
	// The last of the 201 meets the first of the 200 once in the 40,200 pairs.
	call := Handler{ID: 1, Request: shape(Message, 0)}
	expectOnly(t, NewReview(calling(old, call), calling(now, call)).Table(), FieldTypeChanged)
}

// A review is of what a stranger wrote too. It ends, and does not pass for one
// that found nothing.
func TestReviewOfCirclesEnds(t *testing.T) {
	old, now := circle(300), circle(301)
	for name, call := range map[string]Handler{
		"request":  {ID: 1, Request: shape(Message, 0)},
		"response": {ID: 1, Response: shape(Message, 0)},
		"in":       {ID: 1, Stream: true, In: shape(Message, 0), InCapacity: 1},
		"error":    {ID: 1, Errors: []Error{{Code: "p.e", Shape: 0}}},
	} {
		other := call
		other.ID = 2
		review := NewReview(calling(old, call, other), calling(now, call, other))
		review.Limit(1000)
		v := review.Table()
		expectOnly(t, v, TooComplex)
		if len(v) == 1 && (v[0].Slot != Slot(name) || v[0].Handler != 1 || v[0].Shape != "" || v[0].Message != tooComplexReview) {
			t.Errorf("%s: the finding is %+v", name, v[0])
		}
		if n := len(review.Compared()); n > 1000 {
			t.Errorf("%s: %d pairs were compared", name, n)
		}
		// The other handlers are still compared, if not what they carry.
		gone := NewReview(calling(old, call, other), calling(now, call))
		gone.Limit(1000)
		expectOnly(t, gone.Table(), TooComplex, HandlerDeleted)
	}
}

// With the budget that every review has.
func TestReviewOfDeclaredCirclesEnds(t *testing.T) {
	j := NewReview(calling(circle(3000)), calling(circle(3001)))
	j.Table()
	v := j.Declared(0, 0)
	expectOnly(t, v, TooComplex)
	if len(v) == 1 && (v[0].Slot != Declared || v[0].Shape != "p.A") {
		t.Errorf("the finding is %+v", v[0])
	}
	expectOnly(t, j.Declared(7, 9))
}

func TestFindingsCost(t *testing.T) {
	old, now := circle(100), circle(101)
	for i := range old {
		old[i].Fields = append(old[i].Fields, field("x", 2, typ(Bool)))
	}
	for i := range now {
		now[i].Fields = append(now[i].Fields, field("x", 2, typ(Int8)))
	}
	call := Handler{ID: 1, Request: shape(Message, 0)}
	review := NewReview(calling(old, call), calling(now, call))
	review.Limit(20_000)
	v := review.Table()
	if limit := review.maxSteps / findingSteps; len(v) > limit || v[len(v)-1].Rule != TooComplex {
		t.Errorf("%d findings, the last one %v; want at most %d, and the judge to give up", len(v), v[len(v)-1].Rule, limit)
	}
}
