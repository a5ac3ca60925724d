// Package dynamic writes and reads messages that a [schema.Table] describes, as
// generated code would, but without generated code. It also converts them to JSON
// and back. It is for tools that call handlers that they were not built for, and
// for tests of compatibility.
//
// A value is a bool, an int64 (a uint64 if it does not fit), a float64, a string, a
// [Bin] for bytes, a codec.UUID, a time.Time, a [Raw], a [List], a [Map] or a
// *[Struct]. Enums and durations are int64. A value that is absent, or zero and not
// optional, is nil.
//
// A table may come from a peer, and messages too. Reading is bounded as in package
// codec, and names are passed on as they are.
package dynamic
