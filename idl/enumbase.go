package idl

import (
	"math"
	"strconv"
	"strings"
)

// baseOf is the smallest integer type that holds the values of the enum whose name
// is a token of the file: `uint8` for most. It is empty where a number cannot be
// read, which only its author can settle.
func (p *parser) baseOf(name token) string {
	low, high, ok := p.enumRange(name)
	if !ok {
		return ""
	}
	types := []struct {
		low  int64
		high uint64
		name string
	}{
		{0, math.MaxUint8, "uint8"}, {math.MinInt8, math.MaxInt8, "int8"}, {0, math.MaxUint16, "uint16"}, {math.MinInt16, math.MaxInt16, "int16"},
		{0, math.MaxUint32, "uint32"}, {math.MinInt32, math.MaxInt32, "int32"}, {0, math.MaxUint64, "uint64"},
	}
	for _, t := range types {
		if low >= t.low && high <= t.high {
			return t.name
		}
	}
	return "int64"
}

// enumRange is the least and the greatest number in the block after a name, and 0.
func (p *parser) enumRange(name token) (low int64, high uint64, ok bool) {
	i := p.next
	for i > 0 && p.toks[i].pos.Offset > name.pos.Offset {
		i--
	}
	for !p.toks[i].is("{") && p.toks[i].kind != tokEOF && p.toks[i].pos.Line == name.pos.Line {
		i++
	}
	closer, closed := p.braces.closer[i]
	if !closed {
		return 0, 0, true
	}
	for at := i + 1; at < closer; at++ {
		before, t, next := p.toks[at-1], p.toks[at], p.toks[at+1]
		switch {
		case t.kind != tokNumber:
			continue
		case !wellFormed(t.text), before.is("=") && next.pos.Line == t.pos.Line && !endsValue(next):
			return 0, 0, false
		}
		text := strings.ReplaceAll(t.text, "_", "")
		if before.kind == tokNumber && t.pos == before.end() {
			text = strings.TrimPrefix(text, "-") // `1-5` is a range, as some write it
		}
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			low, high = min(low, n), max(high, uint64(max(n, 0)))
		} else if n, err := strconv.ParseUint(text, 10, 64); err == nil {
			high = max(high, n)
		}
	}
	return low, high, true
}

// endsValue reports whether a token can stand after a value: else it is more than
// one number, as in `1 << 9`.
func endsValue(t token) bool {
	return t.kind == tokIdent || t.is(",") || t.is(";") || t.is("@") || t.is("}")
}
