// Package calls is single requests, both ends of them: the table of the calls that
// this end makes and the caller's wait, also where it reads its own answer; and the
// table of the calls that this end serves, from admission to the answer.
//
// Slots are taken with the writer's lock, and given back without one. Whoever swaps a slot's
// id to 0 owns the outcome of its call. A served call's answer
// belongs to its goroutine until it is queued, then it is guarded by the writer's
// lock. Locks are taken in the order large, out, served. It does not know streams.
package calls
