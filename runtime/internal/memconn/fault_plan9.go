package memconn

import "syscall"

// What the errors of sockets are. Plan 9 has texts where others have numbers.
const (
	ConnReset   = syscall.ErrorString("connection reset by peer")
	ConnRefused = syscall.ErrorString("connection refused")
	AddrInUse   = syscall.ErrorString("address already in use")
	BrokenPipe  = syscall.ErrorString("broken pipe")
)
