package codec

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/tinylib/msgp/msgp"
)

// Numbers as other writers send them: what is exactly a value of the field's type
// is that value, whichever form it has.
func TestNumbersOfOtherWriters(t *testing.T) {
	f64 := func(f float64) []byte { return msgp.AppendFloat64(nil, f) }
	f32 := func(f float32) []byte { return msgp.AppendFloat32(nil, f) }
	int64s := func(v int64) []byte { return msgp.AppendInt64(nil, v) }
	uint64s := func(v uint64) []byte { return msgp.AppendUint64(nil, v) }
	asFloat64 := func(d *Decoder) any { return d.Float64() }
	asFloat32 := func(d *Decoder) any { return d.Float32() }
	asInt64 := func(d *Decoder) any { return d.Int64() }
	asUint64 := func(d *Decoder) any { return d.Uint64() }
	asInt8 := func(d *Decoder) any { return d.Int8() }
	asUint8 := func(d *Decoder) any { return d.Uint8() }
	asDuration := func(d *Decoder) any { return int64(d.Duration()) }

	for name, x := range map[string]struct {
		in   []byte
		read func(d *Decoder) any
		want any    // when it is read
		err  string // when it is not
	}{
		"3.0 of JavaScript":             {[]byte{3}, asFloat64, 3.0, ""},
		"-3.0 of JavaScript":            {[]byte{0xfd}, asFloat64, -3.0, ""},
		"300.0 of JavaScript":           {[]byte{0xcd, 1, 44}, asFloat64, 300.0, ""},
		"an int8 in a float64":          {[]byte{0xd0, 0x80}, asFloat64, -128.0, ""},
		"a signed form in a float64":    {[]byte{0xd1, 1, 44}, asFloat64, 300.0, ""},
		"2^53 in a float64":             {uint64s(1 << 53), asFloat64, float64(1 << 53), ""},
		"2^53+1 in a float64":           {uint64s(1<<53 + 1), asFloat64, nil, "no float64 is exactly the integer 9007199254740993"},
		"-2^53-1 in a float64":          {int64s(-1<<53 - 1), asFloat64, nil, "no float64 is exactly the integer -9007199254740993"},
		"the least int64 in a float64":  {int64s(math.MinInt64), asFloat64, -0x1p63, ""},
		"the last uint64 in a float64":  {uint64s(math.MaxUint64), asFloat64, nil, "no float64 is exactly the integer 18446744073709551615"},
		"3 in a float32":                {[]byte{3}, asFloat32, float32(3), ""},
		"2^24 in a float32":             {uint64s(1 << 24), asFloat32, float32(1 << 24), ""},
		"2^24+1 in a float32":           {uint64s(1<<24 + 1), asFloat32, nil, "no float32 is exactly the integer 16777217"},
		"-2^24-1 in a float32":          {int64s(-1<<24 - 1), asFloat32, nil, "no float32 is exactly the integer -16777217"},
		"2^63 in a float32":             {uint64s(1 << 63), asFloat32, float32(0x1p63), ""},
		"0.5 of Python in a float32":    {f64(0.5), asFloat32, float32(0.5), ""},
		"-0.0 of Python in a float32":   {f64(math.Copysign(0, -1)), asFloat32, float32(math.Copysign(0, -1)), ""},
		"an infinity in a float32":      {f64(math.Inf(-1)), asFloat32, float32(math.Inf(-1)), ""},
		"0.1 of Python in a float32":    {f64(0.1), asFloat32, nil, "the float64 0.1 is not exactly a float32"},
		"1e300 in a float32":            {f64(1e300), asFloat32, nil, "the float64 1e+300 is not exactly a float32"},
		"too small for a float32":       {f64(1e-300), asFloat32, nil, "the float64 1e-300 is not exactly a float32"},
		"a denormal float32":            {f64(0x1p-149), asFloat32, float32(0x1p-149), ""},
		"0.5 as float32 in a float64":   {f32(0.5), asFloat64, 0.5, ""},
		"3.0 in an int64":               {f64(3), asInt64, int64(3), ""},
		"-3.0 as float32 in an int64":   {f32(-3), asInt64, int64(-3), ""},
		"-0.0 in an int64":              {f64(math.Copysign(0, -1)), asInt64, int64(0), ""},
		"Date.now() in an int64":        {f64(1_790_000_000_123), asInt64, int64(1_790_000_000_123), ""},
		"2^53 as float64 in an int64":   {f64(1 << 53), asInt64, int64(1 << 53), ""},
		"beyond 2^53 in an int64":       {f64(1<<53 + 2), asInt64, nil, "the float 9.007199254740994e+15 is not exactly an integer"},
		"2.5 in an int64":               {f64(2.5), asInt64, nil, "the float 2.5 is not exactly an integer"},
		"NaN in an int64":               {f64(math.NaN()), asInt64, nil, "the float NaN is not exactly an integer"},
		"an infinity in an int64":       {f64(math.Inf(1)), asInt64, nil, "the float +Inf is not exactly an integer"},
		"3.0 in a duration":             {f64(3), asDuration, int64(3), ""},
		"3.0 in a uint64":               {f64(3), asUint64, uint64(3), ""},
		"-3.0 in a uint64":              {f64(-3), asUint64, nil, "-3 is negative"},
		"-3 in a uint64":                {[]byte{0xfd}, asUint64, nil, "-3 is negative"},
		"a signed form in a uint64":     {[]byte{0xd3, 0, 0, 0, 0, 0, 0, 1, 44}, asUint64, uint64(300), ""},
		"an unsigned form in an int64":  {uint64s(math.MaxInt64), asInt64, int64(math.MaxInt64), ""},
		"2^63 in an int64":              {uint64s(1 << 63), asInt64, nil, "9223372036854775808 is not from -9223372036854775808 to 9223372036854775807"},
		"127.0 in an int8":              {f64(127), asInt8, int8(127), ""},
		"128.0 in an int8":              {f64(128), asInt8, nil, "128 is not from -128 to 127"},
		"255.0 in a uint8":              {f64(255), asUint8, uint8(255), ""},
		"256.0 in a uint8":              {f64(256), asUint8, nil, "256 is not from 0 to 255"},
		"a short text in an int64":      {[]byte{0xa1, 'x'}, asInt64, nil, "str"},
		"a short text in a float64":     {[]byte{0xa1, 'x'}, asFloat64, nil, "another type than str"},
		"a bool in a float32":           {[]byte{0xc3}, asFloat32, nil, "another type than bool"},
		"a float64 that was cut":        {f64(3)[:8], asInt64, nil, "it ends too early"},
		"a cut float64 in a float32":    {f64(3)[:8], asFloat32, nil, "it ends too early"},
		"a cut integer in a float64":    {[]byte{0xcd, 1}, asFloat64, nil, "it ends too early"},
		"a cut signed form in a uint64": {[]byte{0xd1, 1}, asUint64, nil, "it ends too early"},
	} {
		d := NewDecoder(x.in)
		got := x.read(&d)
		rest, err := d.Done()
		switch {
		case x.err == "" && (err != nil || fmt.Sprint(got) != fmt.Sprint(x.want) || got != x.want || len(rest) > 0):
			t.Errorf("%s: %v and %d bytes left, %v", name, got, len(rest), err)
		case x.err != "" && (!errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), x.err)):
			t.Errorf("%s: %v, %v, want %q", name, got, err, x.err)
		}
	}
	d := NewDecoder(f64(math.NaN()))
	if got := d.Float32(); got == got || !d.OK() {
		t.Errorf("NaN in a float32: %v, %v", got, d.err)
	}
}

// A field number may be a float too, for writers that have no integers.
func TestKeysThatAreFloats(t *testing.T) {
	for f, want := range map[float64]int{1: 1, 300: 300, math.MaxInt32: math.MaxInt32, 0: -1, -1: -1, 1.5: -1, 1 << 31: -1, math.Inf(1): -1} {
		for _, in := range [][]byte{msgp.AppendFloat64(nil, f), msgp.AppendFloat32(nil, float32(f))} {
			if got, _ := floatAt(in); got != f {
				continue // which a float32 does not hold
			}
			d := NewDecoder(append(in, 0x2a))
			if got := d.Key(); got != want || d.Uint8() != 42 || !d.OK() {
				t.Errorf("%v: %d, want %d, %v", f, got, want, d.err)
			}
		}
	}
}
