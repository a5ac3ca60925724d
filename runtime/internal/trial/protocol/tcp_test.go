package protocol_test

import (
	"net"
	"testing"

	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// TestAttacksOverTCP repeats attacks whose end depends on what a socket does with
// bytes that nobody has read. In the arenas the sockets are simulated.
func TestAttacksOverTCP(t *testing.T) {
	attacks := map[string]func(t *testing.T, x *trial.ProbeTarget, dial func() net.Conn){
		"garbage": garbage, "oversized hello": oversizedHello, "pending handshakes": pendingHandshakes, "control queue": neverRead,
	}
	for group, list := range faults {
		for _, f := range list {
			attacks[group+"/"+f.name] = f.prove
		}
	}
	for _, r := range refusals {
		attacks["refused/"+r.name] = r.prove
	}
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) {
			x := trial.StartTarget(t, nil)
			witness := x.Session(t, "witness")
			attack(t, x, func() net.Conn { return x.Conn(t) })
			trial.SessionAlive(t, witness, 1)
		})
	}
}
