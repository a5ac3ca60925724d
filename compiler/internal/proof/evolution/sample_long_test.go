//go:build long

package evolution

// compiledPairs is how many pairs are compiled for real.
const compiledPairs = 30
