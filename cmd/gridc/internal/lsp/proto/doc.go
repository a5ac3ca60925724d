// Package proto is the part of the Language Server Protocol 3.17 that gridc speaks, as
// Go structs: data alone, in the words of its specification.
package proto
