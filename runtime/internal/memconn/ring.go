package memconn

// firstRing is the size of a ring when its first byte arrives.
const firstRing = 4 << 10

// ring is a byte queue of bounded size. It starts without memory and doubles
// up to its limit, so that an idle connection costs nothing.
type ring struct {
	limit int
	buf   []byte
	head  int // index of the oldest byte
	n     int // bytes held
}

// room returns how many bytes the ring would still take.
func (r *ring) room() int { return r.limit - r.n }

// write appends b, which must fit in room.
func (r *ring) write(b []byte) {
	r.growTo(r.n + len(b))
	tail := r.head + r.n
	if tail >= len(r.buf) {
		tail -= len(r.buf)
	}
	k := copy(r.buf[tail:], b)
	copy(r.buf, b[k:])
	r.n += len(b)
}

// read moves up to len(b) of the oldest bytes into b.
func (r *ring) read(b []byte) int {
	b = b[:min(len(b), r.n)]
	k := copy(b, r.buf[r.head:])
	copy(b[k:], r.buf)
	r.n -= len(b)
	if r.n == 0 {
		r.head = 0
	} else if r.head += len(b); r.head >= len(r.buf) {
		r.head -= len(r.buf)
	}
	return len(b)
}

// truncate drops all but the n oldest bytes.
func (r *ring) truncate(n int) {
	r.n = n
	if n == 0 {
		r.head, r.buf = 0, nil
	}
}

// growTo makes space for n bytes in all.
func (r *ring) growTo(n int) {
	if n <= len(r.buf) {
		return
	}
	size := max(len(r.buf), firstRing)
	for size < n {
		size *= 2
	}
	bigger := make([]byte, min(size, r.limit))
	held := r.n
	r.read(bigger[:held])
	r.buf, r.head, r.n = bigger, 0, held
}
