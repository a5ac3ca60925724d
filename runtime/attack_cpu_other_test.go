//go:build !unix

package grid_test

import "time"

// processTime is not known here: what it bounds is bounded where it is.
func processTime() time.Duration { return 0 }
