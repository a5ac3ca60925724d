// Package sim runs the production runtime in worlds that are chosen from a seed:
// nodes, links, limits, calls and streams of all shapes, and faults. It records
// what both ends of every call and stream saw, and one checker compares that
// with what package grid promises. It belongs under testing/synctest, where a
// world of minutes takes milliseconds.
//
//	seed → Plan (plan*.go) → Play (play.go, weather.go, client*.go, handler*.go)
//	     → History (history.go) → Check (check*.go) → violations
//
// The plan follows from the seed alone, and so does the luck of the network. What
// a seed does not fix is the order in which goroutines run; so a rare violation
// may take a few replays.
package sim
