//go:build !plan9

package memconn

import "syscall"

// What a socket's errors are, as far as one in memory has them.
const (
	connReset  = syscall.ECONNRESET
	brokenPipe = syscall.EPIPE
)
