package schema

// What a judge spends on a comparison is counted in steps: the members, types
// and pairs of shapes that it looks at. Types that contain one another can meet
// in as many pairs as there are shapes on one side times shapes on the other, and
// no program should wait for that because somebody else wrote them.
const (
	// sessionBudget bounds the comparison of one handler. Real ones need
	// hundreds of steps.
	sessionBudget = 1 << 17
	// A review has a budget for all that it compares. What every table needs
	// grows with its size: each shape meets its counterpart, or the few that it
	// was split into, once for each direction that its bytes cross in. Beyond
	// that come the pairs that only an exhaustive comparison meets: a circle of
	// 400 shapes that got another one is still compared to the end, in both directions.
	reviewBase     = 1 << 21
	reviewPerEntry = 40
	// pairSteps and findingSteps are what a new pair and a finding cost more in a
	// review, which keeps them.
	pairSteps    = 2
	findingSteps = 8
)

// tooComplex is what a judge says that gave up.
const (
	tooComplexSession = "the types are too complex to be compared"
	tooComplexReview  = "its types meet one another in too many ways: they are not compared to the end, and neither is what follows"
)

func reviewBudget(old, new *Table) int {
	return reviewBase + reviewPerEntry*(old.entries()+new.entries())
}

// entries is how much there is in a table.
func (t *Table) entries() int {
	n := len(t.Handlers)
	for i := range t.Handlers {
		n += len(t.Handlers[i].Errors)
	}
	for i := range t.Shapes {
		s := &t.Shapes[i]
		n += 1 + len(s.Values) + len(s.Reserved) + len(s.Keys)
		for k := range s.Fields {
			n += s.Fields[k].Type.entries()
		}
	}
	return n
}

func (t *Type) entries() int {
	if t == nil {
		return 0
	}
	return 1 + t.Key.entries() + t.Elem.entries()
}

// Limit sets how many steps a review may take. Without it, the number follows from
// the size of the tables. It is for tests.
func (j *Judge) Limit(steps int) { j.maxSteps = steps }

// begin prepares for a comparison with a verdict of its own.
func (j *Judge) begin() {
	j.found = nil
	if !j.review {
		j.steps = 0
	}
}

// start prepares for what stands in one place and all below it. While a whole
// table is judged, a pair of shapes is compared once for each direction: what it
// gives is the same in every place.
func (j *Judge) start() {
	j.root, j.pending = j.at, nil
	if j.known == nil {
		j.seen = map[pair]bool{}
		return
	}
	way := j.at.slot.read()
	if j.at.slot == Declared {
		way = BothWays
	}
	if j.known[way] == nil {
		j.known[way] = map[pair]bool{}
	}
	j.seen = j.known[way]
}

// spent reports whether the budget is, and says so where that happened.
func (j *Judge) spent() bool {
	switch {
	case j.exhausted:
		return true
	case j.steps <= j.maxSteps:
		return false
	}
	j.at = j.root
	message := tooComplexSession
	if j.review { // of which one budget is for all
		j.exhausted, message = true, tooComplexReview
	}
	j.report(TooComplex, BothWays, 0, message)
	return true
}
