//go:build !unix

package trial

import "time"

// ProcessTime is not known here: what it bounds is bounded where it is.
func ProcessTime() time.Duration { return 0 }
