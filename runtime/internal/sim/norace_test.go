//go:build !race

package sim

// slowdown is by how much less is played by default.
const slowdown = 1
