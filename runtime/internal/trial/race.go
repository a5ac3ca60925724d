//go:build race

package trial

// RaceDetector: with it pools forget at random, so what is allocated says nothing.
const RaceDetector = true
