package memconn

import "syscall"

// What a socket's errors are. Plan 9 has texts where others have numbers.
const (
	connReset  = syscall.ErrorString("connection reset by peer")
	brokenPipe = syscall.ErrorString("broken pipe")
)
