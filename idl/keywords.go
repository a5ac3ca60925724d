package idl

import "slices"

// keywords are the words of the grammar, those of the top level first.
var keywords = []string{
	"package", "import", "const", "enum", "message", "union", "error", "extern", "annotation", "service",
	"reserved", "subroute", "rpc", "stream", "in", "out", "errors", "map", "on",
}

// Keywords are the words that mean something at some place of a file. They are
// contextual: a field may be called by any of them.
func Keywords() []string { return slices.Clone(keywords) }
