// Package mux is one live session: it reads batches, gives their frames to calls and
// streams, agrees with the peer on routes and shapes, notices death, and
// closes. Below it are its parts, each a package: out, large, link, handlers, calls,
// streams, channels.
//
// A Session's reading side belongs to the holder of the reader's role, one goroutine
// at a time; see role.go. What it needs from above it is told by a Host.
package mux
