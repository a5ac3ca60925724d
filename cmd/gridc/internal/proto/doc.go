// Package proto makes a first .grid file of a .proto file, of proto2, proto3 or an
// edition: names, numbers, comments and services are kept, and what a .grid file cannot
// say is marked in it.
//
// It reads the text alone and owns its own parser, which knows as much of the language as
// that takes: options are read as text, and most of them mean nothing here. It knows no
// .grid file either: what it writes is for the formatter, and then for people, to finish.
package proto
