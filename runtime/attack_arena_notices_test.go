package grid_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gridrpc/gridc/runtime/gridtest"
)

// findings collects what an arena finds.
type findings []string

func (f *findings) Helper() {}

func (f *findings) Errorf(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

// kept is what an attack leaves on the heap.
var kept []byte

// An arena finds what each attack costs that costs too much.
func TestAnArenaNotices(t *testing.T) {
	for name, row := range map[string]struct {
		attack func(t *testing.T, a *arena)
		want   string // empty: nothing
	}{
		"nothing": {func(*testing.T, *arena) {}, ""},
		"memory that is held": {func(t *testing.T, a *arena) {
			kept = make([]byte, 2<<20)
			a.atEnd(func() { kept = nil })
		}, "KiB more on the heap"},
		"memory past what is stated": {func(t *testing.T, a *arena) {
			a.bounded(t, 3<<20, 0)
			kept = make([]byte, 4<<20)
			a.atEnd(func() { kept = nil })
		}, "KiB more on the heap, at most 3072"},
		"memory that is left":        {func(t *testing.T, a *arena) { a.bounded(t, 8<<20, 0); kept = make([]byte, 2<<20) }, "KiB left behind on the heap"},
		"memory for a moment":        {func(*testing.T, *arena) { kept = make([]byte, 16<<20); kept = nil }, "0 KiB sent made the node allocate"},
		"memory that was stated":     {func(t *testing.T, a *arena) { a.mayAllocate(16 << 20); kept = make([]byte, 16<<20); kept = nil }, ""},
		"a processor that is busy":   {func(*testing.T, *arena) { burn(2 * processorOnce) }, "0 KiB sent took "},
		"goroutines that are held":   {func(t *testing.T, a *arena) { hang(8, a.release) }, "goroutines more, at most 6"},
		"goroutines that are stated": {func(t *testing.T, a *arena) { a.bounded(t, 1<<20, 8); hang(8, a.release) }, ""},
		"a goroutine that is left": {func(t *testing.T, a *arena) {
			end := make(chan struct{})
			t.Cleanup(func() { close(end) })
			hang(1, end)
		}, "goroutines left behind"},
		"a witness that waits": {func(t *testing.T, a *arena) {
			a.net.SetLink("witness", "target", gridtest.Link{Latency: 4 * time.Millisecond})
			time.Sleep(time.Second)
			a.net.SetLink("witness", "target", gridtest.Link{Latency: time.Millisecond})
		}, "a call of the witness took 8ms, undisturbed 2ms"},
		"a witness that is not served": {func(t *testing.T, a *arena) { a.net.Partition("witness", "target") }, "the witness was served"},
		"a witness that is lost":       {func(t *testing.T, a *arena) { a.net.Cut("witness", "target") }, "the witness: "},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(row.want, "allocate") && raceDetector {
				t.Skip("what is allocated cannot be told")
			}
			if strings.Contains(row.want, "sent took") && (raceDetector || processTime() == 0) {
				t.Skip("processor time is not known, or not held to this bound")
			}
			synctest.Test(t, func(t *testing.T) {
				var found findings
				a := newArena(t, ground{})
				row.attack(t, a)
				a.finish(&found)
				all := strings.Join(found, "\n")
				if row.want == "" && all != "" || !strings.Contains(all, row.want) {
					t.Errorf("it finds %q, want %q", all, row.want)
				}
				kept = nil
			})
		})
	}
}

// burn uses a processor for so long.
func burn(d time.Duration) {
	for began := processTime(); processTime()-began < d; {
	}
}

// hang starts goroutines that end with a channel.
func hang(n int, end <-chan struct{}) {
	for range n {
		go func() { <-end }()
	}
}
