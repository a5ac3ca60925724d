package duel_test

import (
	"testing"
	"testing/synctest"
)

// FuzzSession lets a byte program drive both ends of real sessions, in a network
// and a bubble of fake time: calls, streams, cancels, cuts and restarts by either
// node, and frames and bytes that no node would send, put between its own. See
// duelOps for the language.
//
// P12: nothing panics. Every call and stream that a node begins ends with one
// outcome; as long as nobody has lied, it is the right one with the right values.
// What a node holds stays within its limits, and nothing is left at the end: a
// bubble does not end before all of its goroutines have.
func FuzzSession(f *testing.F) {
	for _, p := range duelPrograms {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		const most = 2 << 10
		if len(program) > most {
			return // longer ones find nothing more, and take their time
		}
		synctest.Test(t, func(t *testing.T) {
			d := newDuel(t, program)
			d.run()
			d.calm()
			d.check()
		})
	})
}

// side and the small numbers below are operands, see duelOps.
const (
	sideA = 0
	sideB = 1
)

// duelPrograms are where the search begins: one for each thing that can be done,
// and some in which much happens at once.
var duelPrograms = [][]byte{
	{},
	{opCall, sideA, 0, 5, opCall, sideB, 0, 200, opSettle},
	{opCall, sideA, 0, 17, opCall, sideB, 0, 17, opAdvance, 10}, // large, both ways
	{opCall, sideA, 1, 3, opCall, sideB, 1, 3, opSettle, opCancel, 0, opAdvance, 24, opCancel, 1},
	{opCall, sideA, 2, 18, opAdvance, 20, opCall, sideB, 2, 18, opCut, 12},
	{opCall, sideA, 3, 0, opCall, sideA, 4, 9, opSettle}, // unknown, panics
	{opOpen, sideA, 0, opSend, 0, 3, 5, opCloseSend, 0, opSettle, opRecv, 0, 4, opSettle},
	{opOpen, sideB, 0, opSend, 0, 200, 12, opRecv, 0, 100, opAdvance, 10, opSend, 0, 2, 17, opCloseSend, 0, opRecv, 0, 200},
	{opOpen, sideA, 1, opSettle, opSend, 0, 40, 14, opSettle, opCancel, 0},
	{opOpen, sideB, 2, opRecv, 0, 50, opSettle, opCancel, 0, opAdvance, 22},
	{opOpen, sideA, 0, opOpen, sideB, 0, opSend, 0, 9, 8, opSend, 1, 9, 8, opPartition, 24, opAdvance, 25, opRecv, 0, 9},
	{opCall, sideA, 1, 3, opStall, sideB, 20, opCall, sideA, 0, 10, opAdvance, 21, opDeaf, sideA, 23, opAdvance, 25},
	{opCall, sideA, 1, 3, opOpen, sideB, 1, opRestart, sideA, opAdvance, 18, opCall, sideB, 0, 4, opRestart, sideB, opAdvance, 20},
	{opOpen, sideA, 0, opSend, 0, 30, 10, opStop, sideB, 20, opCall, sideA, 0, 4, opAdvance, 22},
	// Replies, errors, ends, messages and resets that nobody sent.
	{opCall, sideA, 1, 3, opSettle, opFrame, sideB, 2, 5, 0x87, 0x80, 4, 0, 'x', opSettle},
	{opCall, sideB, 1, 3, opSettle, opFrame, sideA, 3, 6, 0x87, 0x80, 4, 3, 0, 0, opSettle},
	{opOpen, sideA, 1, opSettle, opFrame, sideB, 5, 3, 2, 0, 'x', opFrame, sideB, 6, 2, 2, 0, opSettle, opFrame, sideB, 7, 3, 3, 2, 0},
	{opOpen, sideB, 0, opSettle, opFrame, sideA, 6, 5, 1, 1, 3, 0, 0, opSettle, opOpen, sideB, 0, opSettle, opFrame, sideA, 7, 3, 3, 3, 0},
	// Credit without end, a grant and chunks that nobody announced.
	{opOpen, sideB, 0, opSettle, opFrame, sideA, 8, 4, 3, 1, 0x7f, 0x7f, opFrame, sideA, 8, 4, 5, 2, 0, 0, opFrame, sideB, 9, 3, 1, 9, 'x'},
	// A call, a large one and its chunk, a stream, all by hand; routes and shapes again.
	{opFrame, sideA, 1, 4, 9, 0, 0, 0, opFrame, sideA, 1, 7, 10, 0, 0, 1, 0x81, 0x80, 4, opFrame, sideA, 9, 3, 1, 10, 'x', opSettle},
	{opFrame, sideB, 4, 5, 1, 4, 0, 4, 0, opFrame, sideB, 5, 3, 1, 0, 'x', opFrame, sideB, 6, 2, 1, 0, opFrame, sideA, 13, 1, 0, opFrame, sideA, 14, 2, 0, 1},
	{opFrame, sideA, 10, 1, 7, opFrame, sideA, 11, 1, 7, opFrame, sideB, 12, 1, 0, opSettle, opCall, sideA, 0, 3, opFrame, sideA, 0xff, 2, 1, 2, opFrame, sideA, 99, 0},
	{opBytes, sideA, 4, 0x81, 0x82, 0, 0, opAdvance, 18, opBytes, sideB, 2, 0x89, 0, opBytes, sideB, 4, 0x88, 2, 3, 0xe8, opAdvance, 20},
}
