// Package observe is what a node tells those who watch it: an Observer hears of each
// call and stream, at both ends, and of each session. Package grid has the same types
// under the same names, and the options that set observers.
package observe
