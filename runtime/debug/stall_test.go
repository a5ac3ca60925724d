package debug_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
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

// The latencies of a handler are those of the last minute, also of one that was slow for
// long; where it had no call they are of all.
func TestLatenciesAreOfTheLastMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pause := time.Second
		m, err := grid.NewManager(grid.Options{Name: "alone", Auth: grid.InsecureNoAuth(), Register: func(m *grid.Manager) error {
			return m.RegisterSingleHandler(7, func(context.Context, []byte) ([]byte, error) { time.Sleep(pause); return nil, nil })
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Shutdown(context.Background())
		h := debug.Handler(m)
		row := regexp.MustCompile(`<td class="soft">served</td>.*`)
		look := func() string {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/debug/grid/", nil))
			return row.FindString(w.Body.String())
		}
		call := func() {
			if _, err := m.Connection("alone").Request(t.Context(), 7, nil); err != nil {
				t.Fatal(err)
			}
		}
		for range 100 {
			call()
			look()
		}
		if now := look(); !strings.Contains(now, `<td class="n">998 ms</td>`) {
			t.Errorf("slow: %s", now)
		}
		pause = 4 * time.Millisecond
		for range 100 {
			time.Sleep(time.Second)
			call()
			look()
		}
		if now := look(); !strings.Contains(now, `<td class="n">4.`) || strings.Contains(now, `<td class="n">9`) {
			t.Errorf("quick since more than a minute: %s", now)
		}
		for range 100 {
			time.Sleep(time.Second)
			look()
		}
		if now := look(); !strings.Contains(now, `<td class="n soft">997 ms</td>`) {
			t.Errorf("idle since more than a minute: %s", now)
		}
	})
}
