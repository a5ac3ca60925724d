// Package compiler turns .grid files into a checked schema, and the schema into
// Go files.
//
// It has two halves that meet in [Schema]. The front half reads: [Load] parses
// the named files and their imports, resolves every name, checks every rule of
// the language and reports every mistake of all files in one run, as
// [idl.Diagnostic] values with the stable ids that [Explain] describes. The
// back half writes: emitters see the schema, never the tree, and can therefore
// rely on all of it being sound.
//
//	arguments → load → resolve → check → Schema → emit, lower, lint
//
// One root cause gives one diagnostic. A name whose declaration was found broken
// is remembered as such, and what refers to it stays silent.
package compiler

import "github.com/gridrpc/gridc/idl"

// Load parses the named files with everything they import, resolves all names
// and checks all rules. A folder stands for every .grid file below it, except in
// gen, vendor, testdata, node_modules and folders that start with `.` or `_`.
//
// The diagnostics are sorted; while one of them is an error, the schema is nil.
// The error is for arguments that cannot be read at all.
func Load(opts Options, paths ...string) (*Schema, []*idl.Diagnostic, error) {
	return loadSchema(opts, paths...)
}
