package fences_test

import (
	"context"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// A method of an error, or of a message, that never returns keeps its own call, and
// nothing else: neither the reader that it was called on, nor the clock.
func TestCodeThatNeverReturns(t *testing.T) {
	for what, fn := range map[string]func(stay func()) ([]byte, error){
		"handler": func(stay func()) ([]byte, error) { stay(); return nil, nil },
		"Error":   func(stay func()) ([]byte, error) { return nil, &slippery{onError: stay} },
		"Unwrap":  func(stay func()) ([]byte, error) { return nil, &slippery{onUnwrap: stay} },
		"Is":      func(stay func()) ([]byte, error) { return nil, &slippery{onIs: stay} },
		"As":      func(stay func()) ([]byte, error) { return nil, &slippery{onAs: stay} },
		"marshal": func(stay func()) ([]byte, error) { return nil, &slipperyTyped{onMarshal: stay} },
	} {
		t.Run(what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				release := make(chan struct{})
				defer close(release)
				w := r.World(t, trial.Setup{Register: trial.RegisterAll(map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){
					trial.IdOther: func(context.Context, []byte) ([]byte, error) { return fn(func() { <-release }) },
					trial.IdCall:  trial.Echo,
				}, nil)})
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				stuck := trial.Begin(ctx, w.Conn, trial.IdOther, nil)
				for range 10 {
					w.Alive(t)
				}
				trial.WantError(t, "stuck", trial.Await(t, "its deadline", stuck).Err, grid.ErrDeadlineExceeded, grid.MayHaveRun)
				w.Alive(t)
			})
		})
	}
}
