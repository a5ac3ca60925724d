// Package node is what one Manager lends to everything below it: the clock that all
// deadlines are read from, the ticker that watches readers, goroutines that its end
// waits for, the queue of log lines, a budget of running calls, buffers and limits.
//
// A Node is made once and shared; what changes in it is safe for concurrent use. It
// calls up into its users by functions alone and knows no session, call or stream.
package node
