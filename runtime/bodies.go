package grid

// bodies are messages with a buffer of their own, in order. A stream that is idle
// has none: then they are one word of it instead of three.
type bodies struct{ list *bodyList }

// bodyList begins with room for a few, so that it is one allocation.
type bodyList struct {
	items [][]byte
	first [4][]byte
}

func (q *bodies) push(b []byte) {
	if q.list == nil {
		q.list = new(bodyList)
		q.list.items = q.list.first[:0]
	}
	if l := q.list; len(l.items) == cap(l.items) {
		l.items = append(make([][]byte, 0, 2*len(l.items)), l.items...)
		clear(l.first[:]) // what moved away is not held by its old place
	}
	q.list.items = append(q.list.items, b)
}

// pop takes the first one out. There must be one.
func (q *bodies) pop() []byte {
	l := q.list
	b := l.items[0]
	l.items[0] = nil
	if l.items = l.items[1:]; len(l.items) == 0 {
		q.list = nil
	}
	return b
}

// size is how many bytes are in them.
func (q *bodies) size() (n int) {
	if q.list != nil {
		for _, b := range q.list.items {
			n += len(b)
		}
	}
	return n
}
