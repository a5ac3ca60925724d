package lsp

import (
	"testing"
	"testing/synctest"
	"time"
)

// The queue's pause ends with the time, or before with what comes.
func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		begun := time.Now()
		if !q.pause(breath) || time.Since(begun) != breath {
			t.Errorf("nothing came, and the pause took %v", time.Since(begun))
		}
		go func() {
			time.Sleep(breath / 2)
			q.put(queued{})
		}()
		begun = time.Now()
		if q.pause(breath) || time.Since(begun) != breath/2 {
			t.Errorf("a message came, and the pause took %v", time.Since(begun))
		}
		if _, ok := q.next(); !ok {
			t.Error("the message is gone")
		}
		q.finish(nil)
		if q.pause(0); !q.pause(0) {
			t.Error("there is something after the end")
		}
	})
}
