// Package channels gives a stream the shape of Go channels, at both ends, of bytes and
// of messages alike.
//
// It owns the goroutines that move messages between a stream and channels. It knows
// what streams are, and nothing of how their messages are encoded: receiving and sending
// are functions that its user brings.
package channels
