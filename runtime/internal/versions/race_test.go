//go:build race

package versions

// slowdown is by how much less is played by default: the race detector costs
// about ten times the time.
const slowdown = 10
