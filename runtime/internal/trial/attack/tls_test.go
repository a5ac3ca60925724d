package attack_test

import (
	"net/http"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// nameless is the host of an attacker over TLS, which has an address for its name: so
// a certificate for another node is good for the host, as all of issue are.
const nameless = "127.0.0.1"

// A name is bound to its credential: a valid certificate for another name does not
// do, whichever end dials, and the state of the Connection says so.
func TestTLSIdentityIsBoundToTheName(t *testing.T) {
	ca := trial.NewAuthority(t)
	forged := ca.Identity(t, "somebody.else")
	t.Run("of a dialer", func(t *testing.T) {
		trial.InArena(t, ca.Ground(t), func(t *testing.T, a *trial.Arena) {
			m, end := a.Caller(t, "probe", forged)
			a.AtEnd(end)
			trial.WantKeptOut(t, m.Connection("target"), "the certificate is not for \"probe\"")
			if state := a.Connection("probe").State(); state.Phase != grid.Waiting {
				t.Errorf("the target is %v", state.Phase)
			}
		})
	})
	t.Run("of an acceptor", func(t *testing.T) {
		trial.InArena(t, ca.Ground(t), func(t *testing.T, a *trial.Arena) {
			m, end := a.Caller(t, "other", func(o *grid.Options) {
				forged(o)
				o.Peers = []grid.Peer{{Name: "target"}}
			})
			a.AtEnd(end)
			srv := &http.Server{Handler: m.Handler(), ReadHeaderTimeout: 5 * time.Second, ErrorLog: trial.QuietLog}
			go srv.Serve(ca.Server(t, "somebody.else")(a.TrapAt(t, nameless)))
			a.AtEnd(func() { srv.Close() })
			a.Lure(t, "other", nameless)
			trial.WantKeptOut(t, a.Connection("other"), "the certificate is not for \"other\"")
			if state := m.Connection("target").State(); state.Phase != grid.Waiting {
				t.Errorf("the attacker is %v", state.Phase)
			}
		})
	})
}
