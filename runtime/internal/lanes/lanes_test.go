package lanes

import (
	"slices"
	"testing"
)

func itemOf(c Class) *Item { return &Item{Class: c} }

// serveLanes serves n turns of 1,000 bytes each, and counts them by class.
func serveLanes(l *Lanes, n int, bulk bool) map[Class]int {
	got := make(map[Class]int)
	for range n {
		it := l.Next(bulk)
		if it == nil {
			break
		}
		got[it.Class]++
		l.Served(it, it.Class, 999, true)
	}
	return got
}

func TestLanesAreWeighted(t *testing.T) {
	var l Lanes
	for c := range classCount {
		l.Add(itemOf(c))
	}
	got := serveLanes(&l, 64*1000, true)
	for c := range classCount {
		want := float64(got[ClassHigh]) / float64(stride[c])
		if c.other() != c {
			want /= 2 // two queues have the weight of one
		}
		if f := float64(got[c]); f < 0.9*want-1 || f > 1.1*want+1 {
			t.Errorf("class %d was served %d times, by its weight %.0f were due", c, got[c], want)
		}
	}
}

func TestLanesLowIsNotStarved(t *testing.T) {
	var l Lanes
	l.Add(itemOf(ClassHigh))
	serveLanes(&l, 10000, true)
	low := itemOf(ClassLow)
	l.Add(low)
	for turn := range 40 {
		it := l.Next(true)
		if it == low {
			return
		}
		l.Served(it, it.Class, 999, true)
		if turn == 39 {
			t.Error("low waited for 40 turns of high")
		}
	}
}

func TestLanesNewcomerHasNoClaimOnThePast(t *testing.T) {
	var l Lanes
	old := itemOf(ClassNormal)
	l.Add(old)
	serveLanes(&l, 1000, true)
	l.Add(itemOf(ClassHigh))
	if got := serveLanes(&l, 30, true); got[ClassNormal] < 9 {
		t.Errorf("normal was served %d times of 30 beside high", got[ClassNormal])
	}
}

func TestLanesBulkWaitsForCredit(t *testing.T) {
	var l Lanes
	l.Add(itemOf(classHighBulk))
	if l.Next(false) != nil {
		t.Error("bulk was served without credit")
	}
	small := itemOf(ClassLow)
	l.Add(small)
	if got := serveLanes(&l, 1000, false); got[ClassLow] != 1000 {
		t.Errorf("served %v", got)
	}
	if got := serveLanes(&l, 100, true); got[classHighBulk] == 0 || got[classHighBulk] == 100 {
		t.Errorf("with credit again, bulk had %d of 100 turns", got[classHighBulk])
	}
}

func TestLanesRoundRobinWithinAClass(t *testing.T) {
	var l Lanes
	items := []*Item{itemOf(ClassNormal), itemOf(ClassNormal), itemOf(ClassNormal)}
	for _, it := range items {
		l.Add(it)
	}
	for i := range 9 {
		it := l.Next(false)
		if it != items[i%3] {
			t.Fatalf("turn %d went to another", i)
		}
		l.Served(it, it.Class, 10, true)
	}
}

// Large messages of which little is left are served one after the other; those of
// which much is left have half of the turns meanwhile, and take them in turns.
func TestLanesInOrder(t *testing.T) {
	var l Lanes
	short := []*Item{itemOf(classNormalShort), itemOf(classNormalShort)}
	long := []*Item{itemOf(classNormalBulk), itemOf(classNormalBulk)}
	for i := range short {
		l.Add(short[i])
		l.Add(long[i])
	}
	turns := make(map[*Item]int)
	var order []*Item
	for range 80 {
		it := l.Next(true)
		turns[it]++
		order = append(order, it)
		l.Served(it, it.Class, 999, it.Class != classNormalShort || turns[it] < 20)
	}
	if turns[short[0]] != 20 || turns[short[1]] != 20 || turns[long[0]] != 20 || turns[long[1]] != 20 {
		t.Fatalf("turns: %d, %d of the short ones; %d, %d of the long ones", turns[short[0]], turns[short[1]], turns[long[0]], turns[long[1]])
	}
	if first := slices.Index(order, short[1]); slices.Contains(order[first:], short[0]) {
		t.Error("a short one was begun before the one ahead of it was done")
	}
}

// A message that comes to its end goes on as one of which little is left.
func TestLanesMove(t *testing.T) {
	var l Lanes
	a, b := itemOf(classNormalBulk), itemOf(classNormalBulk)
	l.Add(a)
	l.Add(b)
	if it := l.Next(true); it != a {
		t.Fatal("another order")
	}
	l.Move(a, classNormalShort)
	before := l.clock
	l.Served(a, classNormalBulk, 999, true)
	if l.clock[classNormalShort] != before[classNormalShort] || l.clock[classNormalBulk] == before[classNormalBulk] {
		t.Error("the turn was charged to the queue that it led to")
	}
	if a.Class != classNormalShort || !a.Queued || l.Count != 2 {
		t.Fatalf("class %d, queued %v, count %d", a.Class, a.Queued, l.Count)
	}
	l.Remove(b)
	l.Move(b, classNormalShort) // it is not queued: nothing
	if b.Class != classNormalBulk || b.Queued || l.Next(true) != a {
		t.Error("what was taken out came back")
	}
}

func TestLanesRemove(t *testing.T) {
	var l Lanes
	a, b, c := itemOf(ClassNormal), itemOf(ClassNormal), itemOf(ClassNormal)
	for _, it := range []*Item{a, b, c} {
		l.Add(it)
	}
	l.Remove(b)
	l.Remove(b) // nothing
	if b.Queued || l.Count != 2 {
		t.Fatalf("queued %v, count %d", b.Queued, l.Count)
	}
	for _, want := range []*Item{a, c} {
		it := l.Next(true)
		if it != want {
			t.Fatal("another order")
		}
		l.Served(it, it.Class, 1, false)
	}
	if l.Next(true) != nil || l.Count != 0 {
		t.Error("something is left")
	}
	l.Add(b)
	l.Remove(b)
	l.Served(b, b.Class, 1, true) // an item that its own pull took out is not put back
	if l.Next(true) != nil {
		t.Error("an item came back")
	}
}

// A lane has two queues of large messages, and not more than its share for that.
func TestLanesShareIsOfBothLargeQueues(t *testing.T) {
	for _, high := range []Class{classHighShort, classHighBulk} {
		var l Lanes
		l.Add(itemOf(high))
		l.Add(itemOf(classNormalShort))
		l.Add(itemOf(classNormalBulk))
		got := serveLanes(&l, 600, true)
		if n := got[high]; n < 390 || n > 410 || got[classNormalShort] < 90 || got[classNormalBulk] < 90 {
			t.Errorf("of 600 turns high had %d, normal %d and %d", n, got[classNormalShort], got[classNormalBulk])
		}
	}
}
