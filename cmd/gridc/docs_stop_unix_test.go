//go:build unix

package main

import (
	"os"
	"syscall"
)

// canStop says whether a process can be stopped, and go on.
const canStop = true

func stop(p *os.Process) error   { return p.Signal(syscall.SIGSTOP) }
func resume(p *os.Process) error { return p.Signal(syscall.SIGCONT) }
