// Package call calls a handler of a running node without generated code: what
// `gridc call` does.
//
// It owns the session that it dials and the way from JSON to bytes and back. It knows
// nothing of flags and of .grid files: schemas come to it as tables, from the node
// itself (by reflection) or from who calls it.
package call
