//go:build unix

package main

import "syscall"

// freeze stops the process as it stands: its connections stay up, but it does
// not answer any more.
func (ch *child) freeze() error { return ch.cmd.Process.Signal(syscall.SIGSTOP) }
