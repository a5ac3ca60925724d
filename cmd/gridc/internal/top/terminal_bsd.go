//go:build darwin || freebsd || dragonfly || netbsd

package top

import "syscall"

// The requests of ioctl.
const (
	getAttributes = syscall.TIOCGETA
	putAttributes = syscall.TIOCSETA
)
