package node

import (
	"context"
	"runtime/pprof"
	"sync/atomic"
)

// Budget is a count of things that may run at a time.
type Budget struct{ Left atomic.Int64 }

// Take takes one, or reports that there is none left.
func (b *Budget) Take() bool {
	if b.Left.Add(-1) < 0 {
		b.Left.Add(1)
		return false
	}
	return true
}

// Give gives one back.
func (b *Budget) Give() { b.Left.Add(1) }

// Goroutines starts the goroutines of a Manager, and waits for them when the Manager ends.
// It is no sync.WaitGroup because goroutines may start while somebody waits.
type Goroutines struct {
	running atomic.Int64
	Left    chan struct{} // capacity 1: some goroutine has ended, and none is left
}

// Go starts f, without the labels that the present goroutine may have.
func (w *Goroutines) Go(f func()) {
	w.Begin()
	go func() {
		defer w.Done()
		pprof.SetGoroutineLabels(context.Background())
		f()
	}()
}

// Begin counts a goroutine that is about to start, and calls Done at its end.
func (w *Goroutines) Begin() { w.running.Add(1) }

func (w *Goroutines) Done() {
	if w.running.Add(-1) > 0 {
		return
	}
	select {
	case w.Left <- struct{}{}:
	default:
	}
}

// Wait waits for all goroutines, or until ctx ends: a handler may never return. It
// reports whether none is left.
func (w *Goroutines) Wait(ctx context.Context) bool {
	for w.running.Load() > 0 {
		select {
		case <-w.Left:
		case <-ctx.Done():
			return w.running.Load() == 0
		}
	}
	return true
}
