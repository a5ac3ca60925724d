// Package evolution holds the proof that `gridc breaking` is right: random
// schemas are edited in ways whose verdict is known, and what one revision
// writes the other reads.
package evolution
