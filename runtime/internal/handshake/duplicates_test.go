package handshake_test

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
)

// What a peer that is a new process each time makes us remember is bounded.
func TestDuplicatesAreBounded(t *testing.T) {
	var r handshake.Duplicates
	now := time.Now()
	id := func(n int) *handshake.SessionID {
		x := &handshake.SessionID{Attempt: 1}
		binary.BigEndian.PutUint64(x.Incarnation[:], uint64(n))
		return x
	}
	for n := range 1000 {
		if err := r.Judge(id(n), *id(n + 1), now, "peer"); err != nil {
			t.Fatal(n, err)
		}
	}
	if len(r.Displaced) != handshake.MaxDisplaced {
		t.Errorf("%d are remembered", len(r.Displaced))
	}
	if r.Judge(id(1000), *id(999), now, "peer") == nil {
		t.Error("one that has just given way came back")
	}
	if err := r.Judge(id(1000), *id(999), now.Add(2*handshake.FlapWindow), "peer"); err != nil {
		t.Errorf("after a while: %v", err)
	}
}
