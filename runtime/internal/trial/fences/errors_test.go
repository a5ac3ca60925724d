package fences_test

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"testing"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// slippery is an error whose methods are not to be trusted.
type slippery struct{ onError, onUnwrap, onIs, onAs func() }

func (e *slippery) Error() string { run(e.onError); return "slippery" }

func (e *slippery) Unwrap() error { run(e.onUnwrap); return nil }

func (e *slippery) Is(error) bool { run(e.onIs); return false }

func (e *slippery) As(any) bool { run(e.onAs); return false }

// slipperyValue slips when it is printed.
type slipperyValue struct{ slip func() }

func (e *slipperyValue) LogValue() slog.Value { e.slip(); return slog.Value{} }

func (e *slipperyValue) Error() string { return "printed by slog" }

// slipperyTyped is a declared error whose methods are not to be trusted.
type slipperyTyped struct {
	grid.NoPayload
	onCode, onMarshal, onUnmarshal func()
}

func (e *slipperyTyped) Error() string { return "test.slippery: typed" }

func (e *slipperyTyped) Code() grid.Code { run(e.onCode); return "test.slippery" }

func (e *slipperyTyped) MarshalMsg(b []byte) ([]byte, error) {
	run(e.onMarshal)
	return append(b, 0x80), nil
}

func (e *slipperyTyped) UnmarshalMsg(b []byte) ([]byte, error) {
	run(e.onUnmarshal)
	return nil, nil
}

// An error that wraps itself has no end, which errors.Is and errors.As do not notice:
// where it does so in a list they use up the stack, and the process with it.
func TestErrorsThatWrapThemselves(t *testing.T) {
	round := &circle{}
	round.next = []error{round}
	for what, err := range map[string]error{
		"itself":   selfWrapping{},
		"in lists": round,
		"deep":     nest(errors.New("inside"), 100_000),
		"wide":     errors.Join(make100k()...),
	} {
		t.Run(what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				handlerOf(func(func()) ([]byte, error) { return nil, err })(t, r, nil)
			})
		})
	}
}

type selfWrapping struct{}

func (e selfWrapping) Error() string { return "itself" }

func (e selfWrapping) Unwrap() error { return e }

type circle struct{ next []error }

func (e *circle) Error() string { return "a circle" }

func (e *circle) Unwrap() []error { return e.next }

type nested struct{ error }

func (e nested) Error() string { return "nested" }

func (e nested) Unwrap() error { return e.error }

func nest(err error, n int) error {
	for range n {
		err = nested{err}
	}
	return err
}

func make100k() []error {
	all := make([]error, 100_000)
	for i := range all {
		all[i] = nested{}
	}
	return all
}

// A typed nil is an error that is not nil: what its methods do with it is up to them.
func TestTypedNilsAsErrors(t *testing.T) {
	for what, err := range map[string]error{
		"of package fs":  (*fs.PathError)(nil),
		"declared":       (*storage.FileNotFound)(nil),
		"of the runtime": (*grid.Error)(nil),
		"wrapped":        fmt.Errorf("while reading: %w", (*fs.PathError)(nil)),
		"joined":         errors.Join((*storage.FileNotFound)(nil)),
	} {
		t.Run(what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				handlerOf(func(func()) ([]byte, error) { return nil, err })(t, r, nil)
			})
		})
	}
}
