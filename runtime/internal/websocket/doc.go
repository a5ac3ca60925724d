// Package websocket speaks RFC 6455 and nothing above it: the upgrade at both ends, messages
// in, frames out. It reads a socket when that is readable, so that an idle one holds
// no buffer. An acceptor joins fragments, within bounds; nothing here sends any.
//
// A Reader belongs to the holder of its session's reader's role, a Writer to whoever
// writes the batch under way.
package websocket
