// Package codecs has the same messages in gridc, in msgp's own generator (as maps
// and as tuples), in protobuf-go and in vtprotobuf, to compare how fast they are
// written and read and what they allocate.
//
// Each codec is used as its documentation says for speed: written into a buffer
// that is used again, and read into a new message or into a used one. Whatever is
// measured has made a round trip first, and came back equal.
package codecs

//go:generate go -C ../../.. run ./cmd/gridc gen bench/internal/codecs/codecs.grid
