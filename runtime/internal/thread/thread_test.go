package thread

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Where the word can be read it is found: else every handler costs a goroutine.
func TestKnown(t *testing.T) {
	if Known() != readable {
		t.Errorf("Known is %v, words can be read: %v; the place is %d", Known(), readable, place)
	}
}

// Locked follows LockOSThread and UnlockOSThread, nested too, on many goroutines at
// once, while threads come and go.
func TestLocked(t *testing.T) {
	if !Known() {
		t.Skip("not known here")
	}
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			for range 20 {
				check(t, false)
				runtime.LockOSThread()
				check(t, true)
				runtime.Gosched()
				runtime.LockOSThread()
				check(t, true)
				runtime.UnlockOSThread()
				check(t, true)
				runtime.GC()
				runtime.UnlockOSThread()
				check(t, false)
				runtime.UnlockOSThread() // once too often does nothing
				check(t, false)
				if t.Failed() {
					return
				}
			}
			if i%5 == 0 {
				runtime.LockOSThread() // and the thread ends with the goroutine
				check(t, true)
			}
		})
	}
	wg.Wait()
}

// A goroutine that a locked one starts is not locked.
func TestLockedIsNotInherited(t *testing.T) {
	if !Known() {
		t.Skip("not known here")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	locked := make(chan bool)
	go func() { locked <- Locked() }()
	if <-locked {
		t.Error("locked by birth")
	}
}

func check(t *testing.T, want bool) {
	t.Helper()
	if Locked() != want {
		t.Errorf("Locked is %v", !want)
	}
}

// BenchmarkLeft is what it takes to see to a goroutine after a handler ran on it, and
// what it would take to read whether it is locked from a stack trace.
func BenchmarkLeft(b *testing.B) {
	b.Run("locked", func(b *testing.B) {
		for b.Loop() {
			Locked()
		}
	})
	b.Run("labels", func(b *testing.B) {
		for b.Loop() {
			pprof.SetGoroutineLabels(context.Background())
		}
	})
	b.Run("faults", func(b *testing.B) {
		for b.Loop() {
			debug.SetPanicOnFault(false)
		}
	})
	b.Run("trace", func(b *testing.B) {
		var head [64]byte
		for b.Loop() {
			runtime.Stack(head[:], false)
		}
	})
}
