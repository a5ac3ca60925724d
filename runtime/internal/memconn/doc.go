// Package memconn is a network connection inside one process: a pair of
// net.Conn that behaves like a TCP connection, down to bounded buffers,
// deadlines, half-close and reset, and that can be delayed, held and broken
// from outside.
//
// It has no goroutine. Bytes carry the moment of their arrival, and whoever
// waits for them wakes by a timer of its own. Waits are on sync.Cond and timers
// are made by the waiting goroutine, so a pair works under testing/synctest: it
// belongs to the bubble that uses it, and pairs share nothing.
//
// Lock order: pair.mu is taken inside any lock of the caller's; an Arrival is
// called with it held.
//
// It knows nothing of what the bytes say. Package gridtest makes a network of it.
package memconn
