// Package compiler turns .grid files into a checked schema, and the schema into
// Go files. It is the pipeline on one page, for programs that run it; each step is
// a package below, which only what stands after it in this list may import:
//
//	diag      what is said about a file: codes, texts, places, fixes, and how they are shown
//	goname    what Go lets a thing be called
//	ir        the checked schema: plain data, its JSON, its table for the wire
//	load      arguments → files → trees, from disk or from git
//	check     trees → schema, with all that is wrong in one run
//	lint      what is legal and probably a mistake
//	breaking  two schemas → what changed between them
//	gogen     schema → Go files; it sees ir, and neither files nor trees
//	stubs     the Go files on disk = the files generated
//
// One root cause gives one diagnostic. A name whose declaration was found broken
// is remembered as such, and what refers to it stays silent.
package compiler
