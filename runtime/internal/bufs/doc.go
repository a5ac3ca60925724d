// Package bufs is memory for bytes on their way: a pool of buffers, messages with a
// buffer of their own, and a message as it travels, part of which may be lent.
//
// A Pool belongs to one node and is safe for concurrent use; everything else belongs
// to whoever holds it. The package knows neither frames nor sessions.
package bufs
