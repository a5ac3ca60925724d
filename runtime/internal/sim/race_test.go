//go:build race

package sim

// slowdown is by how much less is played by default: the race detector costs
// about ten times the time.
const slowdown = 10
