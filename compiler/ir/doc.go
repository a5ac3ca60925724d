// Package ir is the checked schema: plain data, in which every reference is resolved
// and every rule holds.
//
// It owns the types of the schema, their JSON ([Marshal]), the table that describes
// them on the wire ([Lower]), the handler ids, and the index of a schema that two
// revisions are compared by ([Revision]). An emitter sees this package and no other
// of the compiler but names and diagnostics. It knows places in files, as spans, and
// neither their trees nor where they are kept.
package ir
