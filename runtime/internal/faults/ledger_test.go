package faults

import (
	"path/filepath"
	"testing"
)

// Each kind of violation is found, by a ledger in memory and through a journal.
func TestLedgerFindsEachViolation(t *testing.T) {
	cases := []struct {
		name   string
		events []Event
		want   Tally
	}{
		{"well", []Event{Begun, Entered, Answered}, Tally{Calls: 1, Answered: 1}},
		{"in doubt, did not run", []Event{Begun, MayHaveRun}, Tally{Calls: 1, MayHaveRun: 1}},
		{"in doubt, ran later", []Event{Begun, MayHaveRun, Entered}, Tally{Calls: 1, MayHaveRun: 1}},
		{"never sent", []Event{Begun, NotSent}, Tally{Calls: 1, NotSent: 1}},
		{"failed", []Event{Begun, Entered, Ran}, Tally{Calls: 1, Ran: 1}},
		{"no outcome", []Event{Begun, Entered}, Tally{Calls: 1, Lost: 1}},
		{"answered by nobody", []Event{Begun, Answered}, Tally{Calls: 1, Answered: 1, Lost: 1}},
		{"twice", []Event{Begun, Entered, Entered, Answered}, Tally{Calls: 1, Answered: 1, Doubled: 1}},
		{"lied: not sent", []Event{Begun, NotSent, Entered}, Tally{Calls: 1, NotSent: 1, Wrong: 1}},
		{"lied: rejected", []Event{Begun, Entered, Rejected}, Tally{Calls: 1, Rejected: 1, Wrong: 1}},
		{"lied: ran", []Event{Begun, Ran}, Tally{Calls: 1, Ran: 1, Wrong: 1}},
		{"bytes of another", []Event{Begun, Entered, Wrong, Answered}, Tally{Calls: 1, Answered: 1, Wrong: 1}},
		{"made by nobody", []Event{Entered}, Tally{Calls: 1, Wrong: 1}},
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			id := uint64(i+1)<<numberBits + 7
			path := filepath.Join(t.TempDir(), "journal")
			j, err := OpenJournal(path)
			if err != nil {
				t.Fatal(err)
			}
			memory, file := NewLedger(), NewLedger()
			for _, e := range c.events {
				memory.Note(id, e)
				j.Note(id, e)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			if err := file.Replay(path); err != nil {
				t.Fatal(err)
			}
			for _, l := range []*Ledger{memory, file} {
				got, faults := l.Audit()
				if got != c.want {
					t.Errorf("%v instead of %v", got, c.want)
				}
				if sound := got.Lost+got.Doubled+got.Wrong == 0; sound != (len(faults) == 0) {
					t.Errorf("%v, but told of %q", got, faults)
				}
			}
		})
	}
}
