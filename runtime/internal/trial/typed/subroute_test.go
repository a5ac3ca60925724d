package typed_test

import (
	"context"
	"strings"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// wrongSubroutes have parts that would make the name of other parts.
var wrongSubroutes = [][]string{{"acme/x", "secret"}, {"acme", "x/secret"}, {"acme/x/secret"}, {"/acme"}, {"acme/"}, {"/"}, {"", ""}, {"", "acme"}, {"acme", ""}}

// Two subroutes that would be one on the wire are never both registered: a part
// that holds the separator, or is empty, is refused, whatever registers it.
func TestSubroutesThatJoinAlikeAreNotRegistered(t *testing.T) {
	m, err := grid.NewManager(grid.Options{Name: "a", Auth: grid.InsecureNoAuth()})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Shutdown(t.Context())
	call := grid.NewSingleHandler(trial.IdCall, grid.NewBytes, grid.NewBytes)
	channels := grid.StreamHandler{Handle: func(context.Context, []byte, <-chan []byte, chan<- []byte) error { return nil }}
	for _, parts := range wrongSubroutes {
		for how, err := range map[string]error{
			"a call of bytes":   m.RegisterSingleHandler(trial.IdOther, trial.Echo, parts...),
			"a typed call":      call.Register(m, func(_ context.Context, b *grid.Bytes) (*grid.Bytes, error) { return b, nil }, parts...),
			"a typed stream":    m.Register(trial.BytesStream(1, 1).Handle(nil, parts...)),
			"a stream of bytes": m.RegisterStreamingHandler(trial.IdOther, channels, parts...),
		} {
			trial.WantError(t, how, err, grid.ErrInvalidArgument, 0)
		}
	}
	channels.Subroute = "acme/x"
	trial.WantError(t, "a stream under a joined name", m.RegisterStreamingHandler(trial.IdOther, channels), grid.ErrInvalidArgument, 0)
	channels.Subroute = "acme"
	for _, parts := range [][]string{{"x", "secret"}, {"x%2Fsecret"}, nil} {
		if err := m.RegisterStreamingHandler(trial.IdOther, channels, parts...); err != nil {
			t.Errorf("acme and %q: %v", parts, err)
		}
	}
}

// A tenant's handler never answers the call of another tenant whose subroute joins
// alike: such a call fails before it is sent, and says why.
func TestSubroutesThatJoinAlikeAreNotCalled(t *testing.T) {
	register := func(m *grid.Manager) error {
		return m.RegisterSingleHandler(trial.IdCall, trial.Echo, "acme", "x", "secret")
	}
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: register})
		call := grid.NewSingleHandler(trial.IdCall, grid.NewBytes, grid.NewBytes)
		callers := map[string]grid.Caller{
			"a chain":               w.Conn.Subroute("acme").Subroute("x/secret"),
			"a chain that goes on":  w.Conn.Subroute("acme/x").Subroute("secret"),
			"a chain with an empty": w.Conn.Subroute("acme").Subroute("x", "", "secret"),
		}
		for _, parts := range wrongSubroutes {
			callers[strings.Join(parts, ", ")] = w.Conn.Subroute(parts...)
		}
		for how, c := range callers {
			_, err := call.Call(t.Context(), c, trial.Message("hi"))
			trial.WantError(t, how, err, grid.ErrInvalidArgument, grid.NotSent)
			_, err = trial.BytesStream(1, 1).Open(t.Context(), c, trial.Message(""))
			trial.WantError(t, "stream, "+how, err, grid.ErrInvalidArgument, grid.NotSent)
		}
		_, err := grid.First(call.CallGroup(t.Context(), w.Node(w.Caller).Manager().Group(w.Server).Subroute("acme/x", "secret"), trial.Message("hi")))
		trial.WantError(t, "group", err, grid.ErrInvalidArgument, grid.NotSent)
		for _, c := range []grid.Caller{w.Conn.Subroute("acme", "x", "secret"), w.Conn.Subroute("").Subroute("acme").Subroute("x").Subroute().Subroute("secret")} {
			if _, err := call.Call(t.Context(), c, trial.Message("hi")); err != nil {
				t.Error(err)
			}
		}
	})
}
