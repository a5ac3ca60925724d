package proof

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/forms"
	"github.com/gridrpc/gridc/compiler/internal/proof/gen/parts"
	"github.com/gridrpc/gridc/compiler/internal/proof/oracle"
)

// toOracle is the same value in the type that msgp's generator made methods for.
func toOracle(v *parts.Text) *oracle.Text {
	o := &oracle.Text{
		B: v.B, I: v.I, U: v.U, F: v.F, Name: v.Name, Data: v.Data, When: v.When, Took: v.Took, Id: v.ID,
		Any: v.Any, Tags: v.Tags, Table: v.Table, Sub: oracle.Inner(v.Sub), Count: v.Count,
	}
	if v.Maybe != nil {
		inner := oracle.Inner(*v.Maybe)
		o.Maybe = &inner
	}
	for _, sub := range v.Subs {
		o.Subs = append(o.Subs, oracle.Inner(sub))
	}
	return o
}

// toTuple is toOracle for a tuple.
func toTuple(v *forms.Record) *oracle.Record {
	o := &oracle.Record{
		B: v.B, I: v.I, U: v.U, F: v.F, Name: v.Name, Data: v.Data, When: v.When, Took: v.Took, Id: v.ID, Any: v.Any,
		Tags: v.Tags, Table: v.Table, At: oracle.Point(v.At), Count: v.Count, Text: oracle.Inner(v.Text), State: uint8(v.State), Note: v.Note,
	}
	if v.Maybe != nil {
		point := oracle.Point(*v.Maybe)
		o.Maybe = &point
	}
	for _, point := range v.Path {
		o.Path = append(o.Path, oracle.Point(point))
	}
	return o
}

// msgp reads times in the local zone.
var sameAsOracle = cmp.Options{cmpopts.EquateEmpty(), cmpopts.EquateApproxTime(0)}

// String-keyed messages and msgp's own generated code decode each other's output
// to equal values.
func TestInteropWithMsgp(t *testing.T) {
	k := kindOf(parts.NewText)
	for seed := range uint64(rounds) {
		ours := random(k, seed).(*parts.Text)
		theirs := toOracle(ours)

		var read oracle.Text
		if rest, err := read.UnmarshalMsg(encode(t, ours)); err != nil || len(rest) > 0 {
			t.Fatalf("msgp reads ours: %v, %d bytes left", err, len(rest))
		}
		if d := cmp.Diff(theirs, &read, sameAsOracle); d != "" {
			t.Fatalf("msgp reads ours (-want +got):\n%s", d)
		}

		b, err := theirs.MarshalMsg(nil)
		if err != nil {
			t.Fatal(err)
		}
		got := parts.NewText()
		decode(t, got, b)
		if d := cmp.Diff(ours, got, sameAsOracle); d != "" {
			t.Fatalf("we read msgp's (-want +got):\n%s", d)
		}
	}
}

// Tuples and msgp's code for types with msgp:tuple decode each other's output to equal
// values.
func TestTuplesOfMsgp(t *testing.T) {
	k := kindOf(forms.NewRecord)
	for seed := range uint64(rounds) {
		ours := random(k, seed).(*forms.Record)
		theirs := toTuple(ours)

		var read oracle.Record
		if rest, err := read.UnmarshalMsg(encode(t, ours)); err != nil || len(rest) > 0 {
			t.Fatalf("msgp reads ours: %v, %d bytes left", err, len(rest))
		}
		if len(ours.Any) == 0 {
			read.Any = nil // which it reads as one nil
		}
		if d := cmp.Diff(theirs, &read, sameAsOracle); d != "" {
			t.Fatalf("msgp reads ours (-want +got):\n%s", d)
		}

		b, err := theirs.MarshalMsg(nil)
		if err != nil {
			t.Fatal(err)
		}
		got := forms.NewRecord()
		decode(t, got, b)
		if d := cmp.Diff(ours, got, sameAsOracle); d != "" {
			t.Fatalf("we read msgp's (-want +got):\n%s", d)
		}
	}
}
