// Package handshake is about who the other end is: the bytes of PROTOCOL.md section
// 4, what two hellos come to, who dials, and which of two sockets of a pair lives. It
// is pure: no clock, no I/O. Package grid drives it.
package handshake
