// Package dynamic writes and reads messages that a [schema.Table] describes, as
// generated code would, without generating any, and turns them into JSON and back:
// for tools that call what they were not built for, and for tests of compatibility.
//
// A value is a bool, an int64 (a uint64 where that is too small), a float64, a
// string, a [Bin] for bytes, a codec.UUID, a time.Time, a [Raw], a [List], a [Map]
// or a *[Struct]. Enums and durations are int64. What is absent or zero, and not
// optional, is no value at all: nil.
//
// A table may come from a peer, and messages too: what is read is bounded as package
// codec bounds it, and names are passed on as they are.
package dynamic
