//go:build !long

package evolution

// compiledPairs is how many pairs are compiled for real: one takes two seconds.
const compiledPairs = 1
