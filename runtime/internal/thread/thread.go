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
