// Package meter counts how long things take and how they end. It is pure: it is told
// of durations, and reads no clock.
package meter
