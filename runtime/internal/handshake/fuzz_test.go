package handshake_test

import (
	"testing"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/status"
)

// P12: FuzzHello gives any bytes to what reads handshake messages.
func FuzzHello(f *testing.F) {
	f.Add(goldenHello("alpha", "beta", 0, 7).Encode())
	f.Add(handshake.Reject(status.Unauthenticated, "wrong key").Encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, kind := range []handshake.HelloKind{handshake.HelloProof, handshake.HelloWelcome} {
			handshake.Expect(data, kind)
		}
		if handshake.Expect(data, handshake.HelloHello) != nil {
			return
		}
		h, err := handshake.ParseHello(data)
		if err != nil {
			return
		}
		again, err := handshake.ParseHello(h.Encode())
		if err != nil || *again != *h {
			t.Fatalf("%+v is read as %+v, %v", h, again, err)
		}
		handshake.Agree(goldenHello("beta", "alpha", 0, 1), h)
	})
}
