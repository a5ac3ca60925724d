// Package wire turns frames into bytes and back, as PROTOCOL.md describes them:
// sections 5 to 7. It is pure: no clock, no I/O, no state.
//
// What a parser returns refers to the bytes that it was given. Every complaint wraps
// ErrFrame. No number is believed before it was compared.
package wire
