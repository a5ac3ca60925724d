package debug_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/debug"
)

// stalled is an answer that nobody reads: a write waits for its deadline.
type stalled struct {
	header   http.Header
	deadline time.Time
}

func (w *stalled) Header() http.Header { return w.header }
func (w *stalled) WriteHeader(int)     {}
func (w *stalled) Flush()              {}

func (w *stalled) SetWriteDeadline(t time.Time) error {
	w.deadline = t
	return nil
}

func (w *stalled) Write([]byte) (int, error) {
	time.Sleep(time.Until(w.deadline))
	return 0, http.ErrHandlerTimeout
}

// Who asks for a stream and never reads is let go of, and takes no place any more.
func TestWatcherThatNeverReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, err := grid.NewManager(grid.Options{Name: "alone", Auth: grid.InsecureNoAuth()})
		if err != nil {
			t.Fatal(err)
		}
		h := debug.Handler(m)
		for _, form := range []string{"?stream", "?live"} {
			request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "/debug/grid/"+form, nil)
			began := time.Now()
			h.ServeHTTP(&stalled{header: make(http.Header)}, request)
			if d := time.Since(began); d != 10*time.Second {
				t.Errorf("%s: let go after %v", form, d)
			}
		}
		_ = m.Shutdown(t.Context())
	})
}
