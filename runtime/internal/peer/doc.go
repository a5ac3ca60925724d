// Package peer plays the other end of a session, frame by frame, for tests. It
// is written from PROTOCOL.md and shares no code with package grid, so a test
// that uses it checks the document as well as the runtime.
//
// Nothing here happens by itself: no ping is answered, no credit is given, no
// routes are announced unless the test sends the frame.
package peer
