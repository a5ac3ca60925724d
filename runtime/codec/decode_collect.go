package codec

import "unsafe"

// The functions in this file allocate what a list, a map or a pointer needs,
// after its cost was charged. They are generic in the type only and call
// nothing on it, so that the decoder does not escape.

// List enters a list of at most limit entries and returns a slice with one
// element for each. It uses the capacity of old if that is enough. The caller
// must set every element, because it may hold what old held. EndList follows.
func List[T any](d *Decoder, old []T, limit int64) []T {
	n := d.listHeader()
	if int64(n) > limit {
		d.fail(tooMany(int64(n), limit, "entries"))
		return old[:0]
	}
	var zero T
	if n == 0 || !d.charge(int64(n)*int64(unsafe.Sizeof(zero))) {
		return old[:0]
	}
	if cap(old) < n {
		return make([]T, n)
	}
	return old[:n]
}

// EndList ends a list that List began.
func (d *Decoder) EndList() { d.depth++ }

// Entries enters a map of at most limit entries and returns how many it has.
// EndMap follows.
func (d *Decoder) Entries(limit int64) int {
	n := d.mapHeader()
	if int64(n) > limit {
		d.fail(tooMany(int64(n), limit, "entries"))
		return 0
	}
	return n
}

// Map returns a map for n entries: old, emptied, or a new one if old is nil.
func Map[K comparable, V any](d *Decoder, old map[K]V, n int) map[K]V {
	clear(old)
	if n == 0 || !d.charge(mapCost[K, V](n)) || old != nil {
		return old
	}
	return make(map[K]V, n)
}

// EmptyMap returns a map without entries, for a union whose variant is a map.
// There an empty map is not the same as no map.
func EmptyMap[K comparable, V any](d *Decoder) map[K]V {
	if d.err != nil || !d.charge(mapCost[K, V](0)) {
		return nil
	}
	return map[K]V{}
}

// mapCost is an upper bound for what a map of n entries allocates. Go's map
// keeps groups of eight slots, at most seven eighths full, in a number that is
// a power of two, and may split tables that fill unevenly: up to four slots an
// entry. A key or value over 128 bytes is an allocation of its own.
func mapCost[K comparable, V any](entries int) int64 {
	var key K
	var value V
	n, slot, apart := int64(entries), int64(1), int64(0)
	for _, size := range [2]int64{int64(unsafe.Sizeof(key)), int64(unsafe.Sizeof(value))} {
		if size > 128 {
			apart += size
			size = 8
		}
		slot += size
	}
	if n <= 8 {
		return 48 + 8*(slot+1) + n*apart
	}
	return 128 + n*(4*slot+apart)
}

// EndMap ends a map that Entries began.
func (d *Decoder) EndMap() { d.depth++ }

// New makes *p point to a new zero value and reports true. It reports false if
// the input has a nil or something went wrong.
func New[T any](d *Decoder, p **T) bool {
	var zero T
	if d.err != nil || d.Nil() || !d.charge(int64(unsafe.Sizeof(zero))) {
		return false
	}
	*p = new(T)
	return true
}

// Zero sets *p to its zero value.
func Zero[T any](p *T) {
	var zero T
	*p = zero
}
