package grid

import (
	"slices"
	"testing"
)

func itemOf(c class) *outItem { return &outItem{class: c} }

// serveLanes serves n turns of 1,000 bytes each, and counts them by class.
func serveLanes(l *lanes, n int, bulk bool) map[class]int {
	got := make(map[class]int)
	for range n {
		it := l.next(bulk)
		if it == nil {
			break
		}
		got[it.class]++
		l.served(it, it.class, 999, true)
	}
	return got
}

func TestLanesAreWeighted(t *testing.T) {
	var l lanes
	for c := range classCount {
		l.add(itemOf(c))
	}
	got := serveLanes(&l, 64*1000, true)
	for c := range classCount {
		want := float64(got[classHigh]) / float64(stride[c])
		if c.other() != c {
			want /= 2 // two queues have the weight of one
		}
		if f := float64(got[c]); f < 0.9*want-1 || f > 1.1*want+1 {
			t.Errorf("class %d was served %d times, by its weight %.0f were due", c, got[c], want)
		}
	}
}

func TestLanesLowIsNotStarved(t *testing.T) {
	var l lanes
	l.add(itemOf(classHigh))
	serveLanes(&l, 10000, true)
	low := itemOf(classLow)
	l.add(low)
	for turn := range 40 {
		it := l.next(true)
		if it == low {
			return
		}
		l.served(it, it.class, 999, true)
		if turn == 39 {
			t.Error("low waited for 40 turns of high")
		}
	}
}

func TestLanesNewcomerHasNoClaimOnThePast(t *testing.T) {
	var l lanes
	old := itemOf(classNormal)
	l.add(old)
	serveLanes(&l, 1000, true)
	l.add(itemOf(classHigh))
	if got := serveLanes(&l, 30, true); got[classNormal] < 9 {
		t.Errorf("normal was served %d times of 30 beside high", got[classNormal])
	}
}

func TestLanesBulkWaitsForCredit(t *testing.T) {
	var l lanes
	l.add(itemOf(classHighBulk))
	if l.next(false) != nil {
		t.Error("bulk was served without credit")
	}
	small := itemOf(classLow)
	l.add(small)
	if got := serveLanes(&l, 1000, false); got[classLow] != 1000 {
		t.Errorf("served %v", got)
	}
	if got := serveLanes(&l, 100, true); got[classHighBulk] == 0 || got[classHighBulk] == 100 {
		t.Errorf("with credit again, bulk had %d of 100 turns", got[classHighBulk])
	}
}

func TestLanesRoundRobinWithinAClass(t *testing.T) {
	var l lanes
	items := []*outItem{itemOf(classNormal), itemOf(classNormal), itemOf(classNormal)}
	for _, it := range items {
		l.add(it)
	}
	for i := range 9 {
		it := l.next(false)
		if it != items[i%3] {
			t.Fatalf("turn %d went to another", i)
		}
		l.served(it, it.class, 10, true)
	}
}

// Large messages of which little is left are served one after the other; those of
// which much is left have half of the turns meanwhile, and take them in turns.
func TestLanesInOrder(t *testing.T) {
	var l lanes
	short := []*outItem{itemOf(classNormalShort), itemOf(classNormalShort)}
	long := []*outItem{itemOf(classNormalBulk), itemOf(classNormalBulk)}
	for i := range short {
		l.add(short[i])
		l.add(long[i])
	}
	turns := make(map[*outItem]int)
	var order []*outItem
	for range 80 {
		it := l.next(true)
		turns[it]++
		order = append(order, it)
		l.served(it, it.class, 999, it.class != classNormalShort || turns[it] < 20)
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
	var l lanes
	a, b := itemOf(classNormalBulk), itemOf(classNormalBulk)
	l.add(a)
	l.add(b)
	if it := l.next(true); it != a {
		t.Fatal("another order")
	}
	l.move(a, classNormalShort)
	before := l.clock
	l.served(a, classNormalBulk, 999, true)
	if l.clock[classNormalShort] != before[classNormalShort] || l.clock[classNormalBulk] == before[classNormalBulk] {
		t.Error("the turn was charged to the queue that it led to")
	}
	if a.class != classNormalShort || !a.queued || l.count != 2 {
		t.Fatalf("class %d, queued %v, count %d", a.class, a.queued, l.count)
	}
	l.remove(b)
	l.move(b, classNormalShort) // it is not queued: nothing
	if b.class != classNormalBulk || b.queued || l.next(true) != a {
		t.Error("what was taken out came back")
	}
}

func TestLanesRemove(t *testing.T) {
	var l lanes
	a, b, c := itemOf(classNormal), itemOf(classNormal), itemOf(classNormal)
	for _, it := range []*outItem{a, b, c} {
		l.add(it)
	}
	l.remove(b)
	l.remove(b) // nothing
	if b.queued || l.count != 2 {
		t.Fatalf("queued %v, count %d", b.queued, l.count)
	}
	for _, want := range []*outItem{a, c} {
		it := l.next(true)
		if it != want {
			t.Fatal("another order")
		}
		l.served(it, it.class, 1, false)
	}
	if l.next(true) != nil || l.count != 0 {
		t.Error("something is left")
	}
	l.add(b)
	l.remove(b)
	l.served(b, b.class, 1, true) // an item that its own pull took out is not put back
	if l.next(true) != nil {
		t.Error("an item came back")
	}
}

// A lane has two queues of large messages, and not more than its share for that.
func TestLanesShareIsOfBothLargeQueues(t *testing.T) {
	for _, high := range []class{classHighShort, classHighBulk} {
		var l lanes
		l.add(itemOf(high))
		l.add(itemOf(classNormalShort))
		l.add(itemOf(classNormalBulk))
		got := serveLanes(&l, 600, true)
		if n := got[high]; n < 390 || n > 410 || got[classNormalShort] < 90 || got[classNormalBulk] < 90 {
			t.Errorf("of 600 turns high had %d, normal %d and %d", n, got[classNormalShort], got[classNormalBulk])
		}
	}
}
