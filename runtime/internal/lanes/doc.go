// Package lanes says whose turn it is to be written, and how much may be under way:
// queues weighted by bytes, and a window that grows with a link. It is pure: no
// clock, no I/O. Who holds a value guards it.
package lanes
