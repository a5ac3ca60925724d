package typed_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
	"github.com/gridrpc/gridc/runtime/schema"
)

// A handler without its function, or without what makes its messages, is refused where
// it is registered, not when it is called.
func TestNilHandlersAreRefused(t *testing.T) {
	type req = *grid.Bytes
	call := grid.NewSingleHandler(trial.IdCall, grid.NewBytes, grid.NewBytes)
	stream := trial.BytesStream(2, 2)
	answers := func(context.Context, req) (req, error) { return nil, nil }
	streams := func(context.Context, req, *grid.Receiver[req], *grid.Sender[req]) error { return nil }
	for what, register := range map[string]func(m *grid.Manager) error{
		"call of bytes":     func(m *grid.Manager) error { return m.RegisterSingleHandler(trial.IdCall, nil) },
		"under a subroute":  func(m *grid.Manager) error { return m.RegisterSingleHandler(trial.IdCall, nil, "sub") },
		"stream of bytes":   func(m *grid.Manager) error { return m.RegisterStreamingHandler(trial.IdStream, grid.StreamHandler{}) },
		"call":              func(m *grid.Manager) error { return call.Register(m, nil) },
		"call, by Handle":   func(m *grid.Manager) error { return m.Register(call.Handle(nil)) },
		"stream, by Handle": func(m *grid.Manager) error { return m.Register(stream.Handle(nil)) },
		"stream":            func(m *grid.Manager) error { return stream.Register(m, nil) },
		"without input":     func(m *grid.Manager) error { return stream.RegisterNoInput(m, nil) },
		"without payload":   func(m *grid.Manager) error { return stream.RegisterNoPayload(m, nil) },
		"among others":      func(m *grid.Manager) error { return m.Register(call.Handle(answers), stream.Handle(nil)) },
		"newReq": func(m *grid.Manager) error {
			return grid.NewSingleHandler[req](trial.IdCall, nil, grid.NewBytes).Register(m, answers)
		},
		"newResp": func(m *grid.Manager) error {
			return grid.NewSingleHandler[req, req](trial.IdCall, grid.NewBytes, nil).Register(m, answers)
		},
		"newPayload": func(m *grid.Manager) error {
			return m.Register(grid.NewStreamingHandler[req](trial.IdStream, nil, grid.NewBytes, grid.NewBytes).Handle(streams))
		},
		"newIn": func(m *grid.Manager) error {
			return m.Register(grid.NewStreamingHandler[req, req](trial.IdStream, grid.NewBytes, nil, grid.NewBytes).Handle(streams))
		},
		"newOut": func(m *grid.Manager) error {
			return m.Register(grid.NewStreamingHandler[req, req, req](trial.IdStream, grid.NewBytes, grid.NewBytes, nil).Handle(streams))
		},
		"nothing": func(m *grid.Manager) error { return m.Register(grid.Registration{}) },
	} {
		t.Run(what, func(t *testing.T) {
			m := lonely(t)
			err := register(m)
			if !errors.Is(err, grid.ErrInvalidArgument) || !strings.Contains(err.Error(), "nil") && what != "nothing" {
				t.Errorf("got %v", err)
			}
			if err := m.RegisterSingleHandler(trial.IdCall, trial.Echo); err != nil {
				t.Errorf("the id is not free: %v", err)
			}
		})
	}
}

// lonely returns a Manager without peers.
func lonely(t *testing.T) *grid.Manager {
	t.Helper()
	m, err := grid.NewManager(grid.Options{Name: "lonely", Auth: grid.InsecureNoAuth()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Shutdown(context.Background()) })
	return m
}

// An id is one handler of one kind, under all its subroutes, whether they are
// registered together or not.
func TestAnIDIsOfOneKind(t *testing.T) {
	call := func(sub ...string) grid.Registration {
		return grid.NewSingleHandler(trial.IdCall, grid.NewBytes, grid.NewBytes).Handle(func(_ context.Context, b *grid.Bytes) (*grid.Bytes, error) { return b, nil }, sub...)
	}
	stream := func(sub ...string) grid.Registration {
		return grid.NewStreamingHandler(trial.IdCall, grid.NewBytes, grid.NewBytes, grid.NewBytes).Handle(func(context.Context, *grid.Bytes, *grid.Receiver[*grid.Bytes], *grid.Sender[*grid.Bytes]) error {
			return nil
		}, sub...)
	}
	for what, regs := range map[string][]grid.Registration{
		"subroutes":      {call("a"), stream("b")},
		"other way":      {stream("a"), call("b")},
		"none and some":  {call(), stream("b")},
		"the same":       {call("a"), stream("a")},
		"behind a third": {call("a"), call("b"), stream("c")},
	} {
		t.Run(what, func(t *testing.T) {
			if err := lonely(t).Register(regs...); !errors.Is(err, grid.ErrAlreadyRegistered) {
				t.Errorf("together: %v", err)
			}
			m := lonely(t)
			var last error
			for _, reg := range regs {
				if last = m.Register(reg); last != nil {
					break
				}
			}
			if !errors.Is(last, grid.ErrAlreadyRegistered) {
				t.Errorf("one after the other: %v", last)
			}
		})
	}
	if err := lonely(t).Register(call(), call("a"), call("b")); err != nil {
		t.Error(err)
	}
}

// Nothing given back is nothing: no pool hands it out again.
func TestNothingGivenBack(t *testing.T) {
	h := grid.NewSingleHandler(trial.IdCall, grid.NewBytes, grid.NewBytes, grid.WithReuse())
	any := grid.NewSingleHandler[grid.Message, grid.Message](trial.IdCall, func() grid.Message { return grid.NewBytes() }, func() grid.Message { return grid.NewBytes() }, grid.WithReuse())
	m := lonely(t)
	for range 100 {
		h.PutResponse(nil)
		any.PutResponse(nil)
		any.PutResponse((*grid.MSS)(nil))
		m.PutByteBuffer(nil)
		m.PutByteBuffer([]byte{})
		m.PutByteBuffer(make([]byte, 0, 328))
		if h.NewResponse() == nil || any.NewResponse() == nil || any.NewResponse() == grid.Message((*grid.MSS)(nil)) {
			t.Fatal("an answer of nothing")
		}
		if b := m.GetByteBuffer(300); b == nil || cap(b) < 300 {
			t.Fatal("a buffer of nothing")
		}
	}
}

// Metadata may be added to none, and none to some.
func TestMetadataOnTopOfNone(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return m.RegisterSingleHandler(trial.IdCall, func(ctx context.Context, _ []byte) ([]byte, error) { return []byte(grid.GetMetadata(ctx)["k"]), nil })
		}})
		ctx := grid.WithMetadata(t.Context(), nil)
		if _, err := w.Conn.Request(ctx, trial.IdCall, nil); err != nil {
			t.Error(err)
		}
		ctx = grid.WithMetadata(grid.WithMetadata(ctx, map[string]string{"k": "v"}), nil)
		reply, err := w.Conn.Request(ctx, trial.IdCall, nil)
		trial.WantReply(t, "call", reply, err, "v")
	})
}

// Two products may give the same id: which of their handlers has it at a node is told of
// the one that comes second, whatever the subroutes.
func TestAnIDIsOfOneProduct(t *testing.T) {
	handler := func(name string, table *schema.Table, sub ...string) grid.Registration {
		return grid.NewSingleHandler(trial.IdCall, grid.NewBytes, grid.NewBytes, grid.WithName(name), grid.WithSchema(table)).
			Handle(func(_ context.Context, b *grid.Bytes) (*grid.Bytes, error) { return b, nil }, sub...)
	}
	table := func() *schema.Table {
		return &schema.Table{Handlers: []schema.Handler{{ID: uint16(trial.IdCall), Name: "x", Request: &schema.Type{Kind: schema.Bytes}, Response: &schema.Type{Kind: schema.Bytes}}}}
	}
	one, two := table(), table()
	id := strconv.Itoa(int(trial.IdCall))
	for what, x := range map[string]struct {
		first, second grid.Registration
		want          string
	}{
		"no subroutes": {handler("billing.Accounts.Get", one), handler("storage.Disks.Get", two),
			"handler id " + id + " belongs to billing.Accounts.Get (" + id + "), a call, and cannot be storage.Disks.Get (" + id + "), a call, too"},
		"others":         {handler("billing.Accounts.Get", one, "a"), handler("storage.Disks.Get", two, "b"), "belongs to billing.Accounts.Get"},
		"of one name":    {handler("common.Health.Get", one, "a"), handler("common.Health.Get", two, "b"), "belongs to common.Health.Get"},
		"the same twice": {handler("common.Health.Get", one), handler("common.Health.Get", one), "common.Health.Get (" + id + ") is registered already"},
	} {
		m := lonely(t)
		if err := m.Register(x.first); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if err := m.Register(x.second); !errors.Is(err, grid.ErrAlreadyRegistered) || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v, want %s", what, err, x.want)
		}
		if err := lonely(t).Register(x.first, x.second); !errors.Is(err, grid.ErrAlreadyRegistered) || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s, together: %v, want %s", what, err, x.want)
		}
	}
	if err := lonely(t).Register(handler("a.S.Get", one, "a"), handler("a.S.Get", one, "b")); err != nil {
		t.Error(err)
	}
}
