// Package out is the way out of a session: what waits to be written, in which order,
// how it becomes batches, and who writes them.
//
// A Writer guards all of its state with one mutex, which the sources of frames share:
// methods and fields that end in Locked, and what a Source does when it is pulled,
// need it held. It is never held while waiting. The batch under way belongs to
// whoever took the flusher's role. The package knows neither calls nor streams, only
// sources of frames.
package out
