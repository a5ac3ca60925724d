// Package versions holds builds of three revisions of one service. v2 fits v1: it
// has more fields, values and handlers. v3 fits neither: a field has another type.
//
// The tests let every ordered pair of builds meet, each as the end that dials and
// as the end that accepts, on a network that delays, cuts, stalls and partitions,
// while nodes crash and come back, as the same build or as another:
//
//	go test ./runtime/internal/versions -seeds 1000
//	go test ./runtime/internal/versions -seed 17      one seed of all pairs
//
// What fits gives the right values or an error that says what became of the call.
// What does not fit fails at the caller, not sent, with the field in the reason,
// and reaches no handler.
package versions
