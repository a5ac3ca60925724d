package typed_test

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// A caller that waits has few frames of the runtime on its stack: the collector walks them all,
// 200 times a second in a small busy process, for each call in flight.
func TestFewFramesWait(t *testing.T) {
	echo := grid.NewSingleHandler(trial.IdCall, newParcel, newParcel)
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		release := make(chan struct{})
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return echo.Register(m, func(_ context.Context, req *parcel) (*parcel, error) {
				<-release
				return req, nil
			})
		}})
		ended := make(chan error, 1)
		go func() {
			_, err := asStub(context.Background(), w.Conn, echo, &parcel{name: "waits"})
			ended <- err
		}()
		synctest.Wait()
		frames := framesAbove(t, "asStub")
		close(release)
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if len(frames) > 4 {
			t.Errorf("%d frames wait between a stub and the runtime of Go: %s", len(frames), strings.Join(frames, ", "))
		}
	})
}

// framesAbove returns the functions of this module that the goroutine which is in a function
// has called from there.
func framesAbove(t *testing.T, function string) (frames []string) {
	t.Helper()
	all := make([]byte, 1<<20)
	for _, stack := range strings.Split(string(all[:runtime.Stack(all, true)]), "\n\n") {
		lines := strings.Split(stack, "\n")
		frames = nil
		for _, line := range lines {
			name, _, isCall := strings.Cut(line, "(")
			switch {
			case strings.HasPrefix(line, "\t") || !isCall:
			case strings.Contains(line, "typed_test."+function):
				return frames
			case strings.Contains(name, "gridrpc/gridc/runtime"):
				frames = append(frames, line[strings.LastIndex(line, "/")+1:])
			}
		}
	}
	t.Fatalf("no goroutine is in %s", function)
	return nil
}
