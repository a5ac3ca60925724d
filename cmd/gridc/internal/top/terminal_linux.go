package top

import "syscall"

// The requests of ioctl.
const (
	getAttributes = syscall.TCGETS
	putAttributes = syscall.TCSETS
)
