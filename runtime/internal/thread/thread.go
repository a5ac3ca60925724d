// Package thread tells whether the present goroutine is locked to its thread.
//
// A goroutine that is locked when it ends takes its thread with it, as
// runtime.LockOSThread says: that is how a thread that was changed (its network
// namespace, its user) is got rid of. So a goroutine that runs one piece of foreign
// code after the other has to know whether one has left it locked, and package
// runtime has no function that says so, only the header of a stack trace, which
// takes microseconds.
//
// It keeps a word for each goroutine, though, that is not zero exactly while the
// goroutine is locked. Which word that is, is found out when the program starts, by
// locking and unlocking and looking. If not exactly one word behaves so, or on an
// architecture or system without the three lines of assembly that reading takes, or with the
// build tag purego, nothing is known, and Locked says true: whoever asks must take
// the goroutine for locked.
package thread

import (
	"runtime"
	"unsafe"
)

// looked is how many words are looked at; what package runtime keeps about a
// goroutine is larger on every architecture.
const looked = 48

// place is where the word is, or -1.
var place = find()

// Known reports whether Locked can tell.
func Known() bool { return place >= 0 }

// Locked reports whether the present goroutine is locked to its thread, or whether
// that is not known. It takes about a nanosecond.
func Locked() bool { return place < 0 || word(uintptr(place)) != 0 }

// find looks for the word on a goroutine of its own: the one that initializes
// packages is locked.
func find() int {
	if !readable {
		return -1
	}
	found := make(chan int)
	go func() { found <- search() }()
	return <-found
}

// search returns the only place that follows all the changes, or -1.
func search() int {
	var fits [looked]bool
	for i := range fits {
		fits[i] = true
	}
	look := func(locked bool) {
		for i := range fits {
			fits[i] = fits[i] && (word(uintptr(i)*unsafe.Sizeof(uintptr(0))) != 0) == locked
		}
	}
	look(false)
	for range 3 {
		runtime.LockOSThread()
		look(true)
		runtime.LockOSThread()
		look(true)
		runtime.UnlockOSThread()
		look(true)
		runtime.UnlockOSThread()
		look(false)
		runtime.Gosched()
		look(false)
	}
	place := -1
	for i, fit := range fits {
		switch {
		case !fit:
		case place >= 0:
			return -1
		default:
			place = i * int(unsafe.Sizeof(uintptr(0)))
		}
	}
	return place
}
