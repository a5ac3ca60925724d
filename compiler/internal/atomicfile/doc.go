// Package atomicfile replaces files so that nobody ever reads a half of one, and
// sweeps up what a run that was killed left behind.
//
// It owns the names of temporary files and their locks. It knows no .grid files.
package atomicfile
