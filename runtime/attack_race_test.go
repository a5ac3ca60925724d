//go:build race

package grid_test

// raceDetector: with it pools forget at random, so what is allocated says nothing.
const raceDetector = true
