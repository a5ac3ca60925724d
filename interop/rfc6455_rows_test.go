package interop_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
)

// skipped is a batch of n bytes, n not 1, that a node has to skip: one frame of
// an unknown, ignorable kind.
func skipped(n int) []byte {
	for header := 2; header <= 4 && header <= n; header++ {
		b := binary.AppendUvarint([]byte{0xfe}, uint64(n-header))
		if len(b) == header {
			return append(b, make([]byte, n-header)...)
		}
	}
	return nil
}

func message(payload []byte) rawFrame { return rawFrame{opcode: opBinary, payload: payload} }
func ping(payload []byte) rawFrame    { return rawFrame{opcode: opPing, payload: payload} }

// one is a row of one frame.
func one(name string, want verdict, f rawFrame) frames { return frames{name, []rawFrame{f}, want} }

func soundMessages() (rows []frames) {
	for _, n := range []int{0, 2, 125, 126, 127, 65_535, 65_536, maxMessage} {
		rows = append(rows, one(fmt.Sprintf("message of %d bytes", n), stays, message(skipped(n))))
	}
	return append(rows,
		frames{"three messages in one segment", []rawFrame{message(skipped(2)), message(nil), message(skipped(126))}, stays},
		frames{"messages around a ping", []rawFrame{message(skipped(9)), ping([]byte("between")), message(skipped(9))}, pong([]byte("between"))},
	)
}

func soundControls() []frames {
	return []frames{
		one("ping without payload", pong([]byte{}), ping(nil)),
		one("ping with payload", pong([]byte("hello")), ping([]byte("hello"))),
		one("ping of 125 bytes", pong(pattern(125)), ping(pattern(125))),
		frames{"many pings, of which the last has to be answered", []rawFrame{ping([]byte("1")), ping([]byte("2")), ping([]byte("3"))}, pong([]byte("3"))},
		one("pong that nobody asked for", stays, rawFrame{opcode: opPong}),
		one("pong of 125 bytes", stays, rawFrame{opcode: opPong, payload: pattern(125)}),
	}
}

func unsoundMessages() (rows []frames) {
	for _, opcode := range []byte{3, 4, 5, 6, 7} {
		rows = append(rows, one(fmt.Sprintf("reserved data opcode %d", opcode), refuse(""), rawFrame{opcode: opcode, payload: skipped(9)}))
	}
	for bits := byte(1); bits <= 7; bits++ {
		rows = append(rows, one(fmt.Sprintf("reserved bits %03b on a message", bits), refuse(""), rawFrame{opcode: opBinary, reserved: bits, payload: skipped(9)}))
	}
	rest := rawFrame{opcode: opContinuation, payload: skipped(9)}
	return append(rows,
		one("text", refuse("text"), rawFrame{opcode: opText, payload: []byte("hello")}),
		one("text that is not UTF-8", refuse("text"), rawFrame{opcode: opText, payload: []byte{0xff, 0xfe}}),
		one("empty text", refuse("text"), rawFrame{opcode: opText}),
		one("continuation of nothing", refuse(""), rest),
		one("continuation of nothing, not final", refuse(""), rawFrame{opcode: opContinuation, notFinal: true}),
		one("message above the limit", refuse("at most 262152"), message(skipped(maxMessage+1))),
		one("4 GiB declared", refuse(""), rawFrame{opcode: opBinary, form: 64, declared: 1 << 32}),
		one("the largest length declared", refuse(""), rawFrame{opcode: opBinary, form: 64, declared: math.MaxInt64}),
		one("length with the top bit", refuse(""), rawFrame{opcode: opBinary, form: 64, declared: 1 << 63}),
		one("length of ones", refuse(""), rawFrame{opcode: opBinary, form: 64, declared: math.MaxUint64}),
		one("125 bytes, length in 16 bits", stays, rawFrame{opcode: opBinary, form: 16, payload: skipped(125)}),
		one("no bytes, length in 16 bits", stays, rawFrame{opcode: opBinary, form: 16}),
		one("125 bytes, length in 64 bits", stays, rawFrame{opcode: opBinary, form: 64, payload: skipped(125)}),
		one("65,535 bytes, length in 64 bits", stays, rawFrame{opcode: opBinary, form: 64, payload: skipped(65_535)}),
	)
}

func unsoundControls() (rows []frames) {
	for _, opcode := range []byte{11, 12, 13, 14, 15} {
		rows = append(rows, one(fmt.Sprintf("reserved control opcode %d", opcode), refuse(""), rawFrame{opcode: opcode}))
	}
	normal := []byte{3, 232}
	for _, c := range []struct {
		name   string
		opcode byte
		sound  verdict // of a frame that is
	}{{"close", opClose, unexplained("1000")}, {"ping", opPing, pong(normal)}, {"pong", opPong, stays}} {
		rows = append(rows,
			one(c.name+" in fragments", refuse(""), rawFrame{opcode: c.opcode, notFinal: true, payload: normal}),
			one(c.name+" of 126 bytes", refuse(""), rawFrame{opcode: c.opcode, payload: pattern(126)}),
			one(c.name+" of 65,536 bytes", refuse(""), rawFrame{opcode: c.opcode, payload: pattern(65_536)}),
			one(c.name+" with its length in 16 bits", c.sound, rawFrame{opcode: c.opcode, form: 16, payload: normal}),
			one(c.name+" with its length in 64 bits", c.sound, rawFrame{opcode: c.opcode, form: 64, payload: normal}),
			one(c.name+" with a length of ones", refuse(""), rawFrame{opcode: c.opcode, form: 64, declared: math.MaxUint64}),
		)
		for bits := byte(1); bits <= 4; bits <<= 1 {
			rows = append(rows, one(fmt.Sprintf("reserved bits %03b on a %s", bits, c.name), refuse(""), rawFrame{opcode: c.opcode, reserved: bits}))
		}
	}
	return rows
}

// fragments are rows about fragments, which a node joins where it has accepted, and refuses
// where it has dialed.
func fragments(r role) []frames {
	first := rawFrame{opcode: opBinary, notFinal: true, payload: skipped(9)}
	more, last := rawFrame{opcode: opContinuation, notFinal: true, payload: skipped(9)}, rawFrame{opcode: opContinuation, payload: skipped(9)}
	empty, done := rawFrame{opcode: opBinary, notFinal: true}, rawFrame{opcode: opContinuation}
	if r == asAcceptor {
		return []frames{
			one("first fragment", refuse("fragment"), first),
			one("empty first fragment", refuse("fragment"), empty),
			{"message in two fragments", []rawFrame{first, last}, refuse("fragment")},
		}
	}
	return []frames{
		{"message in two fragments", []rawFrame{first, last}, stays},
		{"message in three fragments around a ping", []rawFrame{first, more, ping([]byte("between")), last}, pong([]byte("between"))},
		{"message in two fragments, both empty", []rawFrame{empty, done}, stays},
		{"message between fragments", []rawFrame{first, message(skipped(9))}, refuse("")},
		{"two messages that have begun", []rawFrame{first, first}, refuse("")},
		{"text in the middle of a message", []rawFrame{first, {opcode: opText, payload: []byte("hello")}}, refuse("")},
		{"continuation of what is whole", []rawFrame{first, last, last}, refuse("")},
		{"fragments above the limit", []rawFrame{first, {opcode: opContinuation, declared: maxMessage - 8}}, refuse("at most 262152")},
		{"129 fragments", append([]rawFrame{empty}, slices.Repeat([]rawFrame{{opcode: opContinuation, notFinal: true}}, 128)...), refuse("more than 128 fragments")},
		{"close between fragments", []rawFrame{first, closeFrame(1000, "bye")}, ended("1000, bye")},
	}
}

// masks are rows about the mask: the dialer's that differ, and every kind of
// frame that is masked the wrong way round.
func masks(r role) (rows []frames) {
	for _, opcode := range []byte{opBinary, opPing, opPong, opClose} {
		rows = append(rows,
			one(fmt.Sprintf("wrong mask bit on opcode %d", opcode), refuse("mask"), rawFrame{opcode: opcode, unmask: true, payload: skipped(9)}),
			one(fmt.Sprintf("wrong mask bit on opcode %d without payload", opcode), refuse("mask"), rawFrame{opcode: opcode, unmask: true}),
		)
	}
	if r == asAcceptor {
		return rows
	}
	for _, mask := range [][4]byte{{}, {0xff, 0xff, 0xff, 0xff}, {0, 0, 0, 1}, {0x80, 0, 0, 0}} {
		f := message(skipped(1003))
		f.mask = mask
		rows = append(rows, one(fmt.Sprintf("mask %x", mask), stays, f))
	}
	return rows
}

func closeFrame(code uint16, reason string) rawFrame {
	return rawFrame{opcode: opClose, payload: append(binary.BigEndian.AppendUint16(nil, code), reason...)}
}

// closes are rows about close frames. Whatever is in one, it ends the session:
// its code and reason are for people, so a node does not argue about them.
func closes() (rows []frames) {
	for _, code := range []uint16{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999} {
		rows = append(rows, one(fmt.Sprintf("close %d", code), ended(fmt.Sprintf("%d, bye", code)), closeFrame(code, "bye")))
	}
	for _, code := range []uint16{0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535} {
		rows = append(rows, one(fmt.Sprintf("close with the forbidden code %d", code), unexplained(fmt.Sprint(code)), closeFrame(code, "")))
	}
	return append(rows,
		one("close without a code", unexplained("0"), rawFrame{opcode: opClose}),
		one("close with half a code", unexplained("0"), rawFrame{opcode: opClose, payload: []byte{3}}),
		one("close with a reason of 123 bytes", ended("1000"), closeFrame(1000, strings.Repeat("x", 123))),
		one("close with a reason that would write into a log", ended(`1000, \nlevel`), closeFrame(1000, "\nlevel=ERROR")),
		one("close with a reason that is not UTF-8", ended(`1000, \xff`), closeFrame(1000, "\xff")),
		frames{"message after a close", []rawFrame{closeFrame(1000, ""), message(skipped(9))}, unexplained("1000")},
	)
}
