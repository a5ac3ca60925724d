// Package breaking compares two revisions of a schema and says what changed for
// those who use it: on the wire, in the order of upgrades, in Go code, in behavior.
//
// The judgement of the wire is that of runtime/schema, which nodes use on one another
// as well; this package asks it, finds the place in the files for each difference,
// and adds what only names tell. It owns the baselines (git, folders, JSON) and the
// allow files.
package breaking
