package proof

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/gridrpc/gridc/compiler/internal/proof/foreign"
	"github.com/gridrpc/gridc/compiler/internal/proof/gen/rules"
	"github.com/gridrpc/gridc/runtime/codec"
)

func goodAddress() rules.Address { return rules.Address{Host: "a.b", Port: 1} }

func goodGroup() *rules.Group {
	return &rules.Group{Bucket: "b-1", Other: "x", Pin: 1234, Odd: []int32{1, 3}, Ports: []uint16{1, 99},
		Addresses: []rules.Address{goodAddress()}, ByName: map[string]rules.Address{"n": goodAddress()},
		ByNumber: map[int32]rules.Choice{7: {Nothing: true}}, Names: map[string]string{"n": "abc"}, Lists: [][]string{{"a"}, {}},
		Keys: map[string]rules.Address{"hunter2": goodAddress()}, Parent: &rules.Group{Bucket: "b-", Pin: 9999}}
}

// Each rule is found broken, at its place, and nothing else is.
func TestValidate(t *testing.T) {
	for _, v := range []interface{ Validate() error }{goodGroup(), &rules.Choice{}, &rules.Limits{}, &rules.Place{}, &rules.Refused{}} {
		if err := v.Validate(); err != nil {
			t.Errorf("of %v: %v", v, err)
		}
	}
	odd, even := int64(3), int64(4)
	negative := float32(-1)
	text := "y"
	for want, spoil := range map[string]func(g *rules.Group){
		`bucket: a bucket's name begins with "b-"`:                                             func(g *rules.Group) { g.Bucket = "c" },
		`bucket: a bucket's name has at most 8 bytes`:                                          func(g *rules.Group) { g.Bucket = "b-3456789" },
		`other: a bucket's name has at most 4 bytes`:                                           func(g *rules.Group) { g.Other = "12345" },
		`odd: one of them is even`:                                                             func(g *rules.Group) { g.Odd = append(g.Odd, 2) },
		`maybe: it is odd`:                                                                     func(g *rules.Group) { g.Maybe = &odd },
		`addresses: over the limit: 4 entries, at most 3`:                                      func(g *rules.Group) { g.Addresses = make([]rules.Address, 4) },
		`addresses[0].host: against a rule: it is required`:                                    func(g *rules.Group) { g.Addresses[0].Host = "" },
		`addresses[0].host: over the limit: 65 bytes, at most 64`:                              func(g *rules.Group) { g.Addresses[0].Host = strings.Repeat("a", 65) },
		`addresses[0].host: against a rule: 2 bytes that do not match ^[a-z.]+$`:               func(g *rules.Group) { g.Addresses[0].Host = "a1" },
		`addresses[0].port: against a rule: 0, at least 1`:                                     func(g *rules.Group) { g.Addresses[0].Port = 0 },
		`addresses[0].port: against a rule: 10000, at most 9999`:                               func(g *rules.Group) { g.Addresses[0].Port = 10000 },
		`addresses[0].share: against a rule: -0.75, at least -0.5`:                             func(g *rules.Group) { g.Addresses[0].Share = -0.75 },
		`addresses[0].share: against a rule: NaN, at least -0.5`:                               func(g *rules.Group) { g.Addresses[0].Share = math.NaN() },
		`addresses[0].wait: against a rule: 2m0s, at most 1m0s`:                                func(g *rules.Group) { g.Addresses[0].Wait = 2 * time.Minute },
		`addresses[0].big: against a rule: 18446744073709551615, at most 18446744073709551614`: func(g *rules.Group) { g.Addresses[0].Big = math.MaxUint64 },
		`addresses[0].small: against a rule: -6, at least -5`:                                  func(g *rules.Group) { g.Addresses[0].Small = -6 },
		`addresses[0].spare: against a rule: -1, at least 0`:                                   func(g *rules.Group) { g.Addresses[0].Spare = &negative },
		`by_name["n"].port: against a rule: 0, at least 1`:                                     func(g *rules.Group) { g.ByName["n"] = rules.Address{Host: "a"} },
		`by_name["a long name"]: over the limit: 11 bytes, at most 8`:                          func(g *rules.Group) { g.ByName["a long name"] = goodAddress() },
		`by_number[7].name: against a rule: 1 bytes that do not match ^x`:                      func(g *rules.Group) { g.ByNumber[7] = rules.Choice{Name: &text} },
		`by_number[-7].limits.name: over the limit: 5 bytes, at most 4`: func(g *rules.Group) {
			g.ByNumber[-7] = rules.Choice{Limits: &rules.Limits{Name: "12345"}}
		},
		`ports[1]: against a rule: 100, at most 99`:                       func(g *rules.Group) { g.Ports[1] = 100 },
		`names["n"]: over the limit: 6 bytes, at most 5`:                  func(g *rules.Group) { g.Names["n"] = "abcdef" },
		`names["n"]: against a rule: 1 bytes that do not match ^[a-z]*$`:  func(g *rules.Group) { g.Names["n"] = "A" },
		`lists[1][1]: against a rule: 1 bytes that do not match ^[a-z]*$`: func(g *rules.Group) { g.Lists[1] = []string{"", "A", "B"} },
		`pin: against a rule: (secret), at most 9999`:                     func(g *rules.Group) { g.Pin = 123_456 },
		`keys[(secret)].port: against a rule: (secret), at least 1`:       func(g *rules.Group) { g.Keys["hunter2"] = rules.Address{Host: "a"} },
		`groups[1].place.x: against a rule: -1, at least 0`: func(g *rules.Group) {
			g.Groups = []rules.Group{*goodGroup(), {Bucket: "b-", Pin: 1000, Place: rules.Place{X: -1}}}
		},
		`parent.pin: against a rule: (secret), at least 1000`: func(g *rules.Group) { g.Parent.Pin = 0 },
	} {
		g := goodGroup()
		g.Maybe = &even
		spoil(g)
		err := g.Validate()
		var broken *codec.Violation
		if !errors.As(err, &broken) || err.Error() != "rules.Group."+want {
			t.Errorf("got  %v\nwant rules.Group.%s", err, want)
		}
	}
	if err := (&rules.Group{Bucket: "b-", Pin: 1000, Odd: []int32{2}}).Validate(); !errors.Is(err, foreign.ErrEven) {
		t.Errorf("the error of a function is not found in %v", err)
	}
	if err := (&rules.Limits{Name: "12345"}).Validate(); !errors.Is(err, codec.ErrLimit) {
		t.Errorf("a limit is not found in %v", err)
	}
}

// What is required is told one after the other, and nothing once all is there.
func TestRequired(t *testing.T) {
	number, address := int64(0), goodAddress() // an optional zero is there
	w := &rules.Wants{}
	for _, step := range []struct {
		field string
		set   func()
	}{
		{"text", func() { w.Text = "t" }}, {"data", func() { w.Data = []byte{0} }}, {"maybe", func() { w.Maybe = []byte{} }},
		{"number", func() { w.Number = -1 }}, {"mode", func() { w.Mode = rules.ModeFast }}, {"at", func() { w.At = time.Now() }},
		{"id", func() { w.ID[3] = 1 }}, {"any", func() { w.Any = []byte{1} }}, {"list", func() { w.List = []int64{0} }},
		{"map", func() { w.Map = map[string]string{"": ""} }}, {"address", func() { w.Address = &address }},
		{"choice", func() { w.Choice.Nothing = true }}, {"optional", func() { w.Optional = &number }},
	} {
		if err := w.Validate(); err == nil || err.Error() != "rules.Wants."+step.field+": against a rule: it is required" {
			t.Errorf("without %s: %v", step.field, err)
		}
		step.set()
	}
	if err := w.Validate(); err != nil {
		t.Error(err)
	}
}

// A limit is found by Validate where the codec finds it.
func TestValidateAgreesWithLimits(t *testing.T) {
	for _, v := range []rules.Limits{
		{}, {Name: "1234"}, {Name: "12345"}, {All: make([][]string, 3)}, {All: [][]string{{}, {"", "", ""}}}, {All: [][]string{{}, {"", "", "", ""}}},
		{Of: map[string][][]byte{"123": {nil, nil}}}, {Of: map[string][][]byte{"1234": nil}}, {Of: map[string][][]byte{"123": {nil, nil, nil}}},
	} {
		_, refused := v.MarshalMsg(nil)
		if err := v.Validate(); (err == nil) != (refused == nil) || err != nil && !errors.Is(err, codec.ErrLimit) {
			t.Errorf("%v: %v, and when it is written: %v", v, err, refused)
		}
	}
}

// A value that contains itself is an error, and ends.
func TestValidateOfACircle(t *testing.T) {
	g := goodGroup()
	g.Parent = g
	g.Groups = append(g.Groups, *g, *g)
	if err := g.Validate(); !errors.Is(err, codec.ErrTooDeep) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkValidate(b *testing.B) {
	b.Run("limit", func(b *testing.B) {
		v := &rules.Limits{Name: "name"}
		b.ReportAllocs()
		for b.Loop() {
			_ = v.Validate()
		}
	})
	b.Run("address", func(b *testing.B) {
		v := goodAddress()
		b.ReportAllocs()
		for b.Loop() {
			_ = v.Validate()
		}
	})
}
