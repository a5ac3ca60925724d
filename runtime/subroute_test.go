package grid_test

import (
	"context"
	"strings"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
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
	call := grid.NewSingleHandler(idCall, grid.NewBytes, grid.NewBytes)
	channels := grid.StreamHandler{Handle: func(context.Context, []byte, <-chan []byte, chan<- []byte) error { return nil }}
	for _, parts := range wrongSubroutes {
		for how, err := range map[string]error{
			"a call of bytes":   m.RegisterSingleHandler(idOther, echo, parts...),
			"a typed call":      call.Register(m, func(_ context.Context, b *grid.Bytes) (*grid.Bytes, error) { return b, nil }, parts...),
			"a typed stream":    m.Register(bytesStream(1, 1).Handle(nil, parts...)),
			"a stream of bytes": m.RegisterStreamingHandler(idOther, channels, parts...),
		} {
			wantError(t, how, err, grid.ErrInvalidArgument, 0)
		}
	}
	channels.Subroute = "acme/x"
	wantError(t, "a stream under a joined name", m.RegisterStreamingHandler(idOther, channels), grid.ErrInvalidArgument, 0)
	channels.Subroute = "acme"
	for _, parts := range [][]string{{"x", "secret"}, {"x%2Fsecret"}, nil} {
		if err := m.RegisterStreamingHandler(idOther, channels, parts...); err != nil {
			t.Errorf("acme and %q: %v", parts, err)
		}
	}
}

// A tenant's handler never answers the call of another tenant whose subroute joins
// alike: such a call fails before it is sent, and says why.
func TestSubroutesThatJoinAlikeAreNotCalled(t *testing.T) {
	register := func(m *grid.Manager) error { return m.RegisterSingleHandler(idCall, echo, "acme", "x", "secret") }
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{register: register})
		call := grid.NewSingleHandler(idCall, grid.NewBytes, grid.NewBytes)
		callers := map[string]grid.Caller{
			"a chain":               w.conn.Subroute("acme").Subroute("x/secret"),
			"a chain that goes on":  w.conn.Subroute("acme/x").Subroute("secret"),
			"a chain with an empty": w.conn.Subroute("acme").Subroute("x", "", "secret"),
		}
		for _, parts := range wrongSubroutes {
			callers[strings.Join(parts, ", ")] = w.conn.Subroute(parts...)
		}
		for how, c := range callers {
			_, err := call.Call(t.Context(), c, message("hi"))
			wantError(t, how, err, grid.ErrInvalidArgument, grid.NotSent)
			_, err = bytesStream(1, 1).Open(t.Context(), c, message(""))
			wantError(t, "stream, "+how, err, grid.ErrInvalidArgument, grid.NotSent)
		}
		_, err := grid.First(call.CallGroup(t.Context(), w.Node(w.caller).Manager().Group(w.server).Subroute("acme/x", "secret"), message("hi")))
		wantError(t, "group", err, grid.ErrInvalidArgument, grid.NotSent)
		for _, c := range []grid.Caller{w.conn.Subroute("acme", "x", "secret"), w.conn.Subroute("").Subroute("acme").Subroute("x").Subroute().Subroute("secret")} {
			if _, err := call.Call(t.Context(), c, message("hi")); err != nil {
				t.Error(err)
			}
		}
	})
}
