package proof

import (
	"context"
	"errors"
	"testing"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/parts"
	"github.com/gridrpc/gridc/compiler/internal/proof/gen/proof"
	proofv1 "github.com/gridrpc/gridc/compiler/internal/proof/gen/proof/v1"
	grid "github.com/gridrpc/gridc/runtime"
)

func (*again) Lost(_ context.Context, req *parts.Part) (*proof.NotThere, error) {
	switch req.Number {
	case 0:
		return &proof.NotThere{Path: "a", CodeValue: "b", ErrorValue: "c", ResetValue: true}, nil
	case 1:
		return nil, &proof.Bare{}
	case 4:
		return nil, &proofv1.Gone{Item: proofv1.Item{ID: 5}}
	case 2:
		return nil, &proof.Chained{Cause: &proof.Chained{}, Causes: []proof.Bare{{}}}
	}
	return nil, &proof.NotThere{}
}

// An error may be what a handler answers, and a service has errors that all of its
// handlers return.
func TestErrorsAsValues(t *testing.T) {
	c := newAgain(t)
	got, err := c.Lost(t.Context(), &parts.Part{})
	if err != nil || got.Path != "a" || got.CodeValue != "b" || got.ErrorValue != "c" || !got.ResetValue || got.Code() != "proof.not_there" {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = c.Lost(t.Context(), &parts.Part{Number: 1})
	if _, ok := errors.AsType[*proof.Bare](err); !ok {
		t.Errorf("its own error: %v", err)
	}
	_, err = c.Lost(t.Context(), &parts.Part{Number: 2})
	_, gone := c.Lost(t.Context(), &parts.Part{Number: 4})
	if e, ok := errors.AsType[*proofv1.Gone](gone); !ok || e.Item.ID != 5 {
		t.Errorf("an error of another package: %v", gone)
	}
	if e, ok := errors.AsType[*proof.Chained](err); !ok || e.Cause == nil || len(e.Causes) != 1 {
		t.Errorf("an error of the service: %v", err)
	}
	_, err = c.Lost(t.Context(), &parts.Part{Number: 3})
	if e, ok := errors.AsType[*grid.Error](err); !ok || e.Code != grid.Internal {
		t.Errorf("what is only a value of it: %v", err)
	}
}
