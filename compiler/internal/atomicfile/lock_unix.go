//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package atomicfile

import (
	"errors"
	"os"
	"syscall"
)

// tryLock locks a file until it is closed, without waiting. It is not known where
// the file system has no locks.
func tryLock(f *os.File) (locked, known bool) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) // fits: a descriptor
	return err == nil, err == nil || errors.Is(err, syscall.EWOULDBLOCK)
}
