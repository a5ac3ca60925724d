// Package codec encodes and decodes messages for generated code. It writes and
// reads the common forms of msgpack itself and uses the functions of msgp for the
// rest. It adds the bounds that msgp leaves to its caller.
//
// Code that is not generated rarely needs it, except for [UUID] and to match
// errors.
//
// # Encoding
//
// A message is a map from field numbers (or string keys) to values. Zero values
// are left out, so the number of entries is known only at the end. Begin reserves
// the header, every field that is written counts itself, and End puts the count
// into the header.
//
// # Decoding
//
// Nothing in the input is trusted. Before memory is allocated for a list or map,
// its count is compared with its limit and with the remaining bytes. Every
// allocation is charged to a budget of 64 KiB plus 256 times the length of the
// input, on 32 bits at most 1 GiB. Maps and arrays may be nested to a depth of
// [MaxDepth]. Strings and bytes are copied and never refer to the input. A nil
// where a value is expected counts as the zero value, because msgp's own
// generated code writes one for a nil pointer. Writers in other languages choose
// the form of a number by its value, so any form is accepted that stands for
// exactly one value of the field's type.
//
// # Errors
//
// Both directions keep the first error. After it they do nothing more, so
// generated code checks only once, at the end. Every error is an [*Error]. After
// a failed decode, the content of the target is unspecified.
package codec

// Fits1 is used by generated code, so that code that needs a newer or older codec
// than this one does not compile.
const Fits1 = true

const (
	// MaxDepth bounds how deeply maps and arrays may be nested in one message, both
	// written and read. The compiler rejects types that are always deeper. A message
	// that is left out because it is zero does not count.
	MaxDepth = 64

	// DefaultLimit is how many entries a list or map may have if it declares no
	// limit of its own.
	DefaultLimit = 65_536

	// MaxStreamed is the size in bytes of the largest message that [ReadMsg] reads
	// from a stream.
	MaxStreamed = 32 << 20
)
