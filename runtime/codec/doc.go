// Package codec is what generated code encodes and decodes messages with. It
// writes and reads the common forms of msgpack on the spot, leaves the rest to the
// functions of msgp, and adds the bounds that they leave to their caller.
//
// Code outside generated files has little reason to use it, apart from [UUID]
// and from matching errors.
//
// # Encoding
//
// A message is a map from field numbers (or string keys) to values. Zero values
// are left out, so how many entries a map has is known only at its end: Begin
// reserves the header, every field that is written counts itself, End puts the
// count into the header.
//
// # Decoding
//
// Nothing in the input is trusted. Before memory is allocated for a list or map
// its count is compared with its limit and with the bytes that are left; every
// allocation is charged to a budget of 64 KiB and 256 times the length of the
// input, on 32 bits at most 1 GiB; maps and arrays may be nested to a depth of [MaxDepth]. Strings and
// bytes are copied and never refer to the input. A nil where a value is
// expected counts as the zero value, because msgp's own generated code writes
// one for a nil pointer. A number may have any form that says exactly which value
// of the field's type it is, because writers in other languages choose by value.
//
// # Errors
//
// Both directions keep the first error and go on as if nothing was left to do,
// so that generated code checks once, at the end. Every error is an [*Error].
// What a failed decode leaves in its target is unspecified.
package codec

// Fits1 is referred to by generated code, so that code which needs a newer or
// older codec than this one does not compile.
const Fits1 = true

const (
	// MaxDepth bounds how deeply maps and arrays may be nested in one message,
	// both written and read. Types that are deeper by themselves are refused by the
	// compiler, and a message that is left out because it is zero does not count.
	MaxDepth = 64

	// DefaultLimit is how many entries a list or map may have that declares no
	// limit of its own.
	DefaultLimit = 65_536

	// MaxStreamed is the largest message in bytes that [ReadMsg] takes from a
	// stream.
	MaxStreamed = 32 << 20
)
