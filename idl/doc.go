// Package idl turns the text of a .grid file into a tree and back again.
//
// It knows the grammar and nothing else: neither Go, nor the wire, nor what a
// name means. [Parse] always returns a tree, holding every part of the file
// that is sound, together with one [Diagnostic] for each mistake; [Format]
// prints a tree in the one canonical form without losing a comment.
package idl
