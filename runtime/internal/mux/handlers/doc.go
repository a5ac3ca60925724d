// Package handlers is about what is served here: the table of routes, a handler with
// all that it needs when it is called, its context, and what becomes of what it
// returns, panics included.
//
// A Handler is complete when it is registered and does not change, but for the record
// of how long it takes. A Context is made for one run and never recycled. The package
// knows neither calls nor streams: it is told who calls.
package handlers
