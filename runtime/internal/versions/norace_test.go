//go:build !race

package versions

const slowdown = 1
