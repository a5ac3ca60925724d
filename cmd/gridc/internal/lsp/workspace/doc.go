// Package workspace is the .grid files that an editor works on, checked: unsaved
// documents over what is on disk, and what follows from them.
//
// It owns which files there are, which of them are checked together, and what is kept
// from one check to the next. What it keeps never shows: a snapshot after any edits is
// what a fresh workspace of the same texts would give. It knows nothing of the protocol
// but how places are counted.
//
// Files are checked together that share a folder or import each other, directly or not:
// a unit. An edit has its own unit checked again, and its own file alone parsed.
package workspace
