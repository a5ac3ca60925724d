// Package text is a document as an editor sees it: lines, and characters counted in
// UTF-16 code units, over the bytes that gridc counts in.
//
// It owns that conversion, the edits of a document, and what a URI is as a path. It
// knows no .grid file. Every position that it gives lies within its line.
package text
