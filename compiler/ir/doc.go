// Package ir is the checked schema: plain data, in which every reference is resolved
// and every rule holds.
//
// It owns the types of the schema, their JSON ([Marshal]), the table that describes
// them on the wire ([Lower]), and the handler ids. An emitter sees this package and no
// other of the compiler but names and diagnostics. It knows places in files, as spans,
// and neither their trees nor where they are kept.
package ir
