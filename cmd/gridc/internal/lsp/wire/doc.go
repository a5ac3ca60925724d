// Package wire carries JSON-RPC 2.0 messages as the Language Server Protocol does: each
// after a header that says its length.
//
// It owns the framing, the limits on what is read, and the form of messages. It knows
// no method. What is broken in one message does not end the reading of the next.
package wire
