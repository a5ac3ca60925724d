package attack_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
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
		attack func(t *testing.T, a *trial.Arena)
		want   string // empty: nothing
	}{
		"nothing": {func(*testing.T, *trial.Arena) {}, ""},
		"memory that is held": {func(t *testing.T, a *trial.Arena) {
			kept = make([]byte, 2<<20)
			a.AtEnd(func() { kept = nil })
		}, "KiB more on the heap"},
		"memory past what is stated": {func(t *testing.T, a *trial.Arena) {
			a.Bounded(t, 3<<20, 0)
			kept = make([]byte, 4<<20)
			a.AtEnd(func() { kept = nil })
		}, "KiB more on the heap, at most 3072"},
		"memory that is left":        {func(t *testing.T, a *trial.Arena) { a.Bounded(t, 8<<20, 0); kept = make([]byte, 2<<20) }, "KiB left behind on the heap"},
		"memory for a moment":        {func(*testing.T, *trial.Arena) { kept = make([]byte, 16<<20); kept = nil }, "0 KiB sent made the node allocate"},
		"memory that was stated":     {func(t *testing.T, a *trial.Arena) { a.MayAllocate(16 << 20); kept = make([]byte, 16<<20); kept = nil }, ""},
		"a processor that is busy":   {func(*testing.T, *trial.Arena) { burn(2 * trial.ProcessorOnce) }, "0 KiB sent took "},
		"goroutines that are held":   {func(t *testing.T, a *trial.Arena) { hang(8, a.Release) }, "goroutines more, at most 6"},
		"goroutines that are stated": {func(t *testing.T, a *trial.Arena) { a.Bounded(t, 1<<20, 8); hang(8, a.Release) }, ""},
		"a goroutine that is left": {func(t *testing.T, a *trial.Arena) {
			end := make(chan struct{})
			t.Cleanup(func() { close(end) })
			hang(1, end)
		}, "goroutines left behind"},
		"a witness that waits": {func(t *testing.T, a *trial.Arena) {
			a.Net.SetLink("witness", "target", gridtest.Link{Latency: 4 * time.Millisecond})
			time.Sleep(time.Second)
			a.Net.SetLink("witness", "target", gridtest.Link{Latency: time.Millisecond})
		}, "a call of the witness took 8ms, undisturbed 2ms"},
		"a witness that is not served": {func(t *testing.T, a *trial.Arena) { a.Net.Partition("witness", "target") }, "the witness was served"},
		"a witness that is lost":       {func(t *testing.T, a *trial.Arena) { a.Net.Cut("witness", "target") }, "the witness: "},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(row.want, "allocate") && trial.RaceDetector {
				t.Skip("what is allocated cannot be told")
			}
			if strings.Contains(row.want, "sent took") && (trial.RaceDetector || trial.ProcessTime() == 0) {
				t.Skip("processor time is not known, or not held to this bound")
			}
			synctest.Test(t, func(t *testing.T) {
				var found findings
				a := trial.NewArena(t, trial.Ground{})
				row.attack(t, a)
				a.Finish(&found)
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
	for began := trial.ProcessTime(); trial.ProcessTime()-began < d; {
	}
}

// hang starts goroutines that end with a channel.
func hang(n int, end <-chan struct{}) {
	for range n {
		go func() { <-end }()
	}
}
