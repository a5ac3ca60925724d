package idl

import (
	"strings"
)

// Nearest returns the candidate that a misspelt name most likely means, or ""
// when none is near. Candidates that are equally near lose to the first, so
// callers list the likelier ones first.
func Nearest(name string, candidates []string) string {
	return nearest(name, candidates, maxDistance(name))
}

// nearest is Nearest for a name with at most so many mistakes.
func nearest(name string, candidates []string, mistakes int) string {
	best, bestDistance := "", mistakes+1
	for _, c := range candidates {
		if c == name || c == "" {
			continue
		}
		if strings.EqualFold(c, name) {
			return c
		}
		if longer := len(c) - len(name); longer > bestDistance || -longer > bestDistance {
			continue
		}
		if d := distance(strings.ToLower(name), strings.ToLower(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// maxDistance is the number of mistakes that a name of this length may hold.
func maxDistance(name string) int {
	switch n := len(name); {
	case n <= 2:
		return 0
	case n <= 5:
		return 1
	default:
		return min(n/3, 3)
	}
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours that turn a into b (Damerau-Levenshtein, optimal alignment). Names
// are ASCII, so bytes are letters; absurdly long ones are never near.
func distance(a, b string) int {
	const longest = 128
	if len(a) > longest || len(b) > longest {
		return longest
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
