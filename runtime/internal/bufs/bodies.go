package bufs

// Bodies is a queue of messages that each have a buffer of their own. It is one word, not
// the three of a slice, because most streams are idle and have none.
type Bodies struct{ List *bodyList }

// bodyList begins with room for a few, so that it is one allocation.
type bodyList struct {
	items [][]byte
	First [4][]byte
}

func (q *Bodies) Push(b []byte) {
	if q.List == nil {
		q.List = new(bodyList)
		q.List.items = q.List.First[:0]
	}
	if l := q.List; len(l.items) == cap(l.items) {
		l.items = append(make([][]byte, 0, 2*len(l.items)), l.items...)
		clear(l.First[:]) // what moved away is not held by its old place
	}
	q.List.items = append(q.List.items, b)
}

// Pop takes the first one out. There must be one.
func (q *Bodies) Pop() []byte {
	l := q.List
	b := l.items[0]
	l.items[0] = nil
	if l.items = l.items[1:]; len(l.items) == 0 {
		q.List = nil
	}
	return b
}

// Size is how many bytes are in them.
func (q *Bodies) Size() (n int) {
	if q.List != nil {
		for _, b := range q.List.items {
			n += len(b)
		}
	}
	return n
}
