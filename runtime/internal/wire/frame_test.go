package wire_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

func TestCutFrame(t *testing.T) {
	batch := append(wire.AppendNumber(nil, wire.KindPing, 1), wire.AppendFrame(nil, wire.KindPong, nil, bytes.Repeat([]byte("x"), 200))...)
	kind, body, rest, err := wire.CutFrame(batch)
	if err != nil || wire.Kind(kind) != wire.KindPing || len(body) != 1 || cap(body) != 1 {
		t.Fatalf("%d, %d bytes of %d, %v", kind, len(body), cap(body), err)
	}
	kind, body, rest, err = wire.CutFrame(rest)
	if err != nil || wire.Kind(kind) != wire.KindPong || len(body) != 200 || len(rest) != 0 {
		t.Fatalf("%d, %d bytes, rest %d, %v", kind, len(body), len(rest), err)
	}
	for n := 3; n < len(batch); n++ {
		if _, _, rest, err = wire.CutFrame(batch[:n]); err != nil {
			t.Fatal(err)
		}
		if len(rest) > 0 {
			if _, _, _, err := wire.CutFrame(rest); !errors.Is(err, wire.ErrFrame) {
				t.Errorf("cut to %d bytes: %v", n, err)
			}
		}
	}
}

func TestTimeoutsTravelRoundedUp(t *testing.T) {
	for d, want := range map[time.Duration]uint64{
		-1: 0, 0: 0, 1: 1, time.Microsecond: 1, time.Microsecond + 1: 2, time.Second: 1000000,
	} {
		if got := wire.TimeoutMicros(d); got != want {
			t.Errorf("%v travels as %d", d, got)
		}
	}
	if got := wire.MicrosTimeout(math.MaxUint64); got <= 0 || got > 101*365*24*time.Hour {
		t.Errorf("the longest timeout is %v", got)
	}
}

func TestErrorTextIsCut(t *testing.T) {
	w := &wire.Failure{Outcome: status.Ran, Code: status.Internal, Message: strings.Repeat("x", wire.MaxErrorText+1)}
	_, body, _, err := wire.CutFrame(wire.AppendError(nil, 1, w))
	if err != nil {
		t.Fatal(err)
	}
	_, got, err := wire.ParseError(body)
	if err != nil || len(got.Message) != wire.MaxErrorText {
		t.Errorf("%d bytes, %v", len(got.Message), err)
	}
}
