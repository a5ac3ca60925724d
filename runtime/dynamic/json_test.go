package dynamic_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/dynamic"
	"github.com/gridrpc/gridc/runtime/schema"
)

// The shapes of the table that these tests use.
const (
	object = iota
	part
	op
	state
	money
	tag
)

func of(kind schema.Kind) schema.Type { return schema.Type{Kind: kind} }

func named(kind schema.Kind, shape int) schema.Type { return schema.Type{Kind: kind, Shape: shape} }

func listOf(elem schema.Type) schema.Type { return schema.Type{Kind: schema.List, Elem: &elem} }

func mapOf(key, elem schema.Type) schema.Type {
	return schema.Type{Kind: schema.Map, Key: &key, Elem: &elem}
}

func optional(ty schema.Type) schema.Type {
	ty.Optional = true
	return ty
}

// objects is a table with every kind of value.
var objects = dynamic.Codec{Table: &schema.Table{Shapes: []schema.Shape{
	object: {Kind: schema.Message, Name: "store.Object", Fields: []schema.Field{
		{Name: "name", Number: 1, Type: of(schema.String), Limit: 16},
		{Name: "hot", Number: 2, Type: of(schema.Bool)},
		{Name: "tiny", Number: 3, Type: of(schema.Int8)},
		{Name: "port", Number: 4, Type: of(schema.Uint16)},
		{Name: "count", Number: 5, Type: of(schema.Int32)},
		{Name: "size", Number: 6, Type: of(schema.Int64)},
		{Name: "total", Number: 7, Type: of(schema.Uint64)},
		{Name: "ratio", Number: 8, Type: of(schema.Float32)},
		{Name: "load", Number: 9, Type: of(schema.Float64)},
		{Name: "data", Number: 10, Type: of(schema.Bytes), Limit: 8},
		{Name: "modTime", Number: 11, Type: of(schema.Time)},
		{Name: "lease", Number: 12, Type: of(schema.Duration)},
		{Name: "version", Number: 13, Type: optional(of(schema.UUID))},
		{Name: "ext", Number: 14, Type: of(schema.Raw)},
		{Name: "state", Number: 15, Type: named(schema.Enum, state)},
		{Name: "parts", Number: 16, Type: listOf(named(schema.Message, part)), Limit: 3},
		{Name: "labels", Number: 17, Type: mapOf(of(schema.String), of(schema.String)), Limit: 2},
		{Name: "byNumber", Number: 18, Type: mapOf(of(schema.Int64), named(schema.Enum, state))},
		{Name: "last", Number: 19, Type: named(schema.Union, op)},
		{Name: "price", Number: 20, Type: named(schema.Extern, money)},
		{Name: "next", Number: 21, Type: optional(named(schema.Message, object))},
		{Name: "maybe", Number: 22, Type: optional(of(schema.Int64))},
		{Name: "tag", Number: 23, Type: named(schema.Message, tag)},
		{Name: "rest", Number: 24, Type: optional(of(schema.Raw))},
		{Name: "ops", Number: 25, Type: listOf(named(schema.Union, op))},
	}},
	part: {Kind: schema.Message, Name: "store.Part", Fields: []schema.Field{
		{Name: "number", Number: 1, Type: of(schema.Uint32)},
		{Name: "size", Number: 2, Type: of(schema.Int64)},
	}},
	op: {Kind: schema.Union, Name: "store.Op", Fields: []schema.Field{
		{Name: "put", Number: 1, Type: named(schema.Message, part)},
		{Name: "delete", Number: 2, Type: of(schema.String)},
	}},
	state: {Kind: schema.Enum, Name: "store.State", Base: schema.Uint8, Values: []schema.Value{{Name: "unknown", Number: 0}, {Name: "online", Number: 1}, {Name: "offline", Number: 3}}},
	money: {Kind: schema.Extern, Name: "example.com/money.Amount"},
	tag:   {Kind: schema.Message, Name: "store.Tag", Fields: []schema.Field{{Name: "key", Key: "k", Type: of(schema.String)}}},
}}}

var objectType = named(schema.Message, object)

// roundTrip is JSON → value → bytes → value → JSON.
func roundTrip(ty *schema.Type, text string) (string, error) {
	v, err := objects.ParseJSON(ty, []byte(text))
	if err != nil {
		return "", err
	}
	wire, err := objects.Encode(ty, v)
	if err != nil {
		return "", err
	}
	back, err := objects.Decode(ty, wire)
	if err != nil {
		return "", err
	}
	return string(objects.AppendJSON(nil, ty, back)), nil
}

// accepted are forms of JSON with what they are written as.
var accepted = []struct{ in, want string }{
	{`{}`, `{}`},
	{`{"name":"a","hot":true,"tiny":-128,"port":65535,"count":-7}`, `{"name":"a","hot":true,"tiny":-128,"port":65535,"count":-7}`},
	{`{"size":-9223372036854775808,"total":"18446744073709551615"}`, `{"size":"-9223372036854775808","total":"18446744073709551615"}`},
	{`{"size":1e3,"total":5.0,"port":"80"}`, `{"port":80,"size":"1000","total":"5"}`},
	{`{"ratio":0.1,"load":-1.5e300}`, `{"ratio":0.1,"load":-1.5e+300}`},
	{`{"ratio":"NaN","load":"-Infinity"}`, `{"ratio":"NaN","load":"-Infinity"}`},
	{`{"data":"_-8"}`, `{"data":"/+8="}`},
	{`{"modTime":"2026-01-02T15:04:05.5+02:00"}`, `{"modTime":"2026-01-02T13:04:05.5Z"}`},
	{`{"lease":"2m30.25s"}`, `{"lease":"150.25s"}`},
	{`{"lease":"1.5h3us"}`, `{"lease":"5400.000003s"}`},
	{`{"lease":"-0.000000001s"}`, `{"lease":"-0.000000001s"}`},
	{`{"lease":"-9223372036.854775808s"}`, `{"lease":"-9223372036.854775808s"}`},
	{`{"version":"01234567-89AB-cdef-0123-456789abcdef"}`, `{"version":"01234567-89ab-cdef-0123-456789abcdef"}`},
	{`{"version":"00000000-0000-0000-0000-000000000000","maybe":0}`, `{"version":"00000000-0000-0000-0000-000000000000","maybe":"0"}`},
	{`{"version":null,"maybe":null,"name":null}`, `{}`},
	{`{"ext":"kgHD","price":"oXg=","rest":"wA=="}`, `{"ext":"kgHD","price":"oXg="}`},
	{`{"state":"offline"}`, `{"state":"offline"}`},
	{`{"state":200}`, `{"state":200}`},
	{`{"state":"unknown"}`, `{}`},
	{`{"parts":[{"number":1},{}]}`, `{"parts":[{"number":1},{}]}`},
	{`{"labels":{"b":"2","a":"1"}}`, `{"labels":{"a":"1","b":"2"}}`},
	{`{"byNumber":{"10":"online","-2":"unknown"}}`, `{"byNumber":{"-2":"unknown","10":"online"}}`},
	{`{"last":{"delete":""},"ops":[{"put":{}}]}`, `{"last":{"delete":""},"ops":[{"put":{}}]}`},
	{`{"next":{"next":{}},"tag":{"key":"v"}}`, `{"next":{"next":{}},"tag":{"key":"v"}}`},
	{`{"name":"\u001b[31m\u009bx\u202e😀"}`, `{"name":"\u001b[31m\u009bx\u202e😀"}`},
	{`{"name":"\udb40\udc41"}`, `{"name":"\udb40\udc41"}`},
	{`{"name":"\ufffd"}`, `{"name":"` + "\ufffd" + `"}`},
}

func TestJSONIsAcceptedAndWritten(t *testing.T) {
	for _, c := range accepted {
		got, err := roundTrip(&objectType, c.in)
		if err != nil || got != c.want {
			t.Errorf("%s\n got %s, %v\nwant %s", c.in, got, err, c.want)
		}
	}
}

// A slot of a handler need not hold a message.
func TestJSONOfOtherSlots(t *testing.T) {
	for _, c := range []struct {
		ty   schema.Type
		text string
	}{
		{of(schema.Bytes), `"AAE="`}, {of(schema.String), `"x"`}, {of(schema.Bool), `true`},
		{of(schema.Uint64), `"7"`}, {listOf(of(schema.Int8)), `[1,-1]`}, {named(schema.Union, op), `{"put":{"size":"1"}}`},
	} {
		if got, err := roundTrip(&c.ty, c.text); err != nil || got != c.text {
			t.Errorf("%s became %s, %v", c.text, got, err)
		}
	}
}

// What does not fit is told with its place and what was expected.
func TestJSONThatDoesNotFit(t *testing.T) {
	for _, c := range []struct{ in, path, reason string }{
		{`{"named":"x"}`, "", `store.Object has no field "named"`},
		{`{"parts":[{"number":1},{"numbr":2}]}`, "parts[1]", `store.Part has no field "numbr"; it has number, size`},
		{`{"tiny":128}`, "tiny", "the number 128 does not fit: expected int8, which is a number from -128 to 127"},
		{`{"port":-1}`, "port", "expected uint16, which is a number from 0 to 65535"},
		{`{"parts":[{"number":4294967296}]}`, "parts[0].number", "from 0 to 4294967295"},
		{`{"size":9223372036854775808}`, "size", "expected int64"},
		{`{"total":"-1"}`, "total", "from 0 to 18446744073709551615"},
		{`{"size":1.5}`, "size", "the number 1.5 does not fit"},
		{`{"size":1e300}`, "size", "the number 1e300 does not fit"},
		{`{"size":"0x10"}`, "size", `the string "0x10" does not fit`},
		{`{"size":"Inf"}`, "size", `the string "Inf" does not fit`},
		{`{"ratio":1e39}`, "ratio", "expected float32"},
		{`{"load":1e400}`, "load", "expected float64"},
		{`{"name":7}`, "name", "the number 7 does not fit: expected string, which is a string"},
		{`{"name":{}}`, "name", "an object does not fit"},
		{`{"name":"12345678901234567"}`, "name", "17 bytes, at most 16 are allowed"},
		{`{"hot":"true"}`, "hot", "expected bool, which is true or false"},
		{`{"data":"AQ*="}`, "data", "a string in base64"},
		{`{"data":"AAAAAAAAAAAA"}`, "data", "9 bytes, at most 8"},
		{`{"modTime":"yesterday"}`, "modTime", `a string like "2026-`},
		{`{"modTime":"0000-06-01T00:00:00Z"}`, "modTime", "does not fit"},
		{`{"lease":"5"}`, "lease", `expected duration, which is a string like "1.5s"`},
		{`{"lease":"0"}`, "lease", "expected duration"},
		{`{"lease":"1.5ns"}`, "lease", "expected duration"},
		{`{"lease":"1.0000000001s"}`, "lease", "expected duration"},
		{`{"lease":"9223372037s"}`, "lease", "expected duration"},
		{`{"modTime":"2026-01-02T15:04:05.0000000001Z"}`, "modTime", "expected time"},
		{`{"lease":5}`, "lease", "expected duration"},
		{`{"version":"0123"}`, "version", "expected uuid?, which is a string like"},
		{`{"ext":"wMA="}`, "ext", "one msgpack value"},
		{`{"state":"onlin"}`, "state", `store.State has no value "onlin"; it has unknown, online, offline`},
		{`{"state":256}`, "state", "expected store.State, which is one of unknown, online, offline, or a number"},
		{`{"parts":{}}`, "parts", "expected []store.Part, which is a list"},
		{`{"parts":[{},{},{},{}]}`, "parts", "more than 3 entries"},
		{`{"parts":[null]}`, "parts[0]", "null does not fit"},
		{`{"labels":{"a":1}}`, `labels["a"]`, "the number 1 does not fit: expected string"},
		{`{"labels":{"a":"","a":""}}`, `labels["a"]`, "there twice"},
		{`{"labels":{"a":"","b":"","c":""}}`, "labels", "more than 2 entries"},
		{`{"byNumber":{"x":1}}`, `byNumber["x"]`, "expected int64"},
		{`{"byNumber":{"1":0,"1.0":0}}`, `byNumber["1.0"]`, "there twice"},
		{`{"last":{}}`, "last", "a variant is missing: expected store.Op, which is an object with one of put, delete"},
		{`{"last":{"put":{},"delete":""}}`, "last", "more than one variant"},
		{`{"last":{"putt":{}}}`, "last", `store.Op has no variant "putt"; it has put, delete`},
		{`{"last":{"put":null}}`, "last.put", "null does not fit"},
		{`{"name":"a","name":"b"}`, "", `"name" is there twice`},
		{`[]`, "", "a list does not fit: expected store.Object, which is an object with the fields name, hot"},
		{`null`, "", "null does not fit"},
		{`{"name":"\ud800"}`, "name", "half of a surrogate pair"},
		{"{\"name\":\"\xff\"}", "", "not valid UTF-8"},
		{`{"name":"a"`, "", "the JSON ends too early"},
		{`{"name":a}`, "name", "not JSON"},
		{`{} {}`, "", "something follows"},
		{``, "", "the JSON ends too early"},
		{strings.Repeat(`{"next":`, 70) + `{}` + strings.Repeat("}", 70), strings.Repeat(".next", 64)[1:], "nested deeper than 64 levels"},
	} {
		_, err := objects.ParseJSON(&objectType, []byte(c.in))
		e, ok := errors.AsType[*dynamic.JSONError](err)
		if !ok || e.Path != c.path || !strings.Contains(e.Reason, c.reason) {
			t.Errorf("%.80s\n got %v\nwant %s: %s", c.in, err, c.path, c.reason)
		}
	}
}

// What a suggestion is made from.
func TestJSONErrorKnowsTheNames(t *testing.T) {
	_, err := objects.ParseJSON(&objectType, []byte(`{"last":{"putt":{}}}`))
	e, ok := errors.AsType[*dynamic.JSONError](err)
	if !ok || e.Name != "putt" || !slices.Equal(e.Known, []string{"put", "delete"}) {
		t.Errorf("got %+v", err)
	}
}

// A variant that only the peer knows is seen.
func TestUnknownVariantIsShown(t *testing.T) {
	ty := named(schema.Union, op)
	v, err := objects.Decode(&ty, []byte{0x81, 0x07, 0x01})
	if got := string(objects.AppendJSON(nil, &ty, v)); err != nil || got != `{"#7":null}` {
		t.Errorf("got %s, %v", got, err)
	}
}

// What is secret is taken, and not shown: neither a value nor what was wrong with one.
func TestSecretsAreNotShown(t *testing.T) {
	c := dynamic.Codec{Table: &schema.Table{Shapes: []schema.Shape{
		{Kind: schema.Message, Name: "p.Login", Fields: []schema.Field{
			{Name: "user", Number: 1, Type: of(schema.String)},
			{Name: "word", Number: 2, Type: of(schema.String), Secret: true},
			{Name: "pin", Number: 3, Type: optional(of(schema.Int32)), Secret: true},
			{Name: "key", Number: 4, Type: named(schema.Union, 1)},
		}},
		{Kind: schema.Union, Name: "p.Key", Fields: []schema.Field{{Name: "raw", Number: 1, Type: of(schema.Bytes), Secret: true}}},
	}}}
	ty := named(schema.Message, 0)
	v, err := c.ParseJSON(&ty, []byte(`{"user":"ann","word":"hush","pin":0,"key":{"raw":"aHVzaA=="}}`))
	if err != nil {
		t.Fatal(err)
	}
	wire, err := c.Encode(&ty, v)
	if want := "\x84\x01\xa3ann\x02\xa4hush\x03\x00\x04\x81\x01\xc4\x04hush"; err != nil || string(wire) != want {
		t.Errorf("%x, %v, want %x", wire, err, want)
	}
	if got, want := string(c.AppendJSON(nil, &ty, v)), `{"user":"ann","word":"(secret)","pin":"(secret)","key":{"raw":"(secret)"}}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for in, path := range map[string]string{`{"word":4711}`: "word", `{"pin":"4711x"}`: "pin", `{"key":{"raw":"4711!"}}`: "key"} {
		_, err := c.ParseJSON(&ty, []byte(in))
		if e, ok := errors.AsType[*dynamic.JSONError](err); !ok || strings.Contains(err.Error(), "4711") || !strings.HasPrefix(e.Path, path) {
			t.Errorf("%s: %v", in, err)
		}
	}
}

// JSON that is accepted means the same after it has travelled.
func FuzzJSON(f *testing.F) {
	for _, c := range accepted {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := objects.ParseJSON(&objectType, []byte(text))
		if err != nil {
			if e, ok := errors.AsType[*dynamic.JSONError](err); !ok || e.Reason == "" {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		direct := string(objects.AppendJSON(nil, &objectType, v))
		travelled, err := roundTrip(&objectType, text)
		if errors.Is(err, codec.ErrTooDeep) {
			return // with what a raw holds
		}
		if err != nil {
			t.Fatalf("%q was accepted and cannot travel: %v", text, err)
		}
		if direct != travelled {
			t.Fatalf("%q\n was %s\n and became %s", text, direct, travelled)
		}
		again, err := roundTrip(&objectType, travelled)
		if err != nil || again != travelled {
			t.Fatalf("%s\nbecame %s, %v", travelled, again, err)
		}
	})
}
