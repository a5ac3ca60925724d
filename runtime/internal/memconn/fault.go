//go:build !plan9

package memconn

import "syscall"

// What the errors of sockets are, as far as those in memory have them.
const (
	ConnReset   = syscall.ECONNRESET
	ConnRefused = syscall.ECONNREFUSED
	AddrInUse   = syscall.EADDRINUSE
	BrokenPipe  = syscall.EPIPE
)
