package fences_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// GuestOptions.Address that does not return costs a guest the time of the handshake and a second, and no
// more than Limits.Unauthenticated guests at a time.
func TestGuestAddressThatNeverReturns(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		s, release := stays()
		defer release()
		ended := make(chan time.Duration, 2)
		began := time.Now()
		w := r.World(t, trial.Setup{Register: trial.RegisterEcho})
		o := trial.GuestOptions()
		o.Handlers, o.Limits.Unauthenticated = nil, 2
		o.Address = func(r *http.Request) string {
			<-r.Context().Done()
			ended <- time.Since(began)
			s.put()
			return "10.0.0.1"
		}
		h, err := w.Node(r.Server).Manager().GuestHandler(o)
		if err != nil {
			t.Fatal(err)
		}
		ask := func() int {
			answer := httptest.NewRecorder()
			h.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, grid.GuestPath, nil))
			return answer.Code
		}
		began = time.Now()
		for range 2 {
			at := time.Now()
			if code := ask(); code != http.StatusServiceUnavailable {
				t.Errorf("answered with %d", code)
			}
			if took := time.Since(at); took != 6*time.Second {
				t.Errorf("answered after %v", took)
			}
		}
		if first := <-ended; first != 5*time.Second {
			t.Errorf("the context ended after %v", first)
		}
		at := time.Now()
		if code := ask(); code != http.StatusServiceUnavailable || time.Since(at) > 0 {
			t.Errorf("with no room left: %d after %v", code, time.Since(at))
		}
		w.Alive(t)
		release()
		trial.Settle()
		<-ended
		if code := ask(); code == http.StatusServiceUnavailable {
			t.Errorf("there is room again, and a guest is answered with %d", code)
		}
	})
}
