//go:build !race

package trial

// RaceDetector says whether the race detector is on.
const RaceDetector = false
