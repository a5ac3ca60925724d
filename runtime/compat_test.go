package grid_test

import (
	"context"
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/schema"
)

// schemaOf is a table with one handler, whose request is a message of these
// fields.
func schemaOf(stream bool, fields ...schema.Field) *schema.Table {
	request := &schema.Type{Kind: schema.Message}
	h := schema.Handler{ID: uint16(idCall), Name: "shop.Shop.Buy", Request: request, Response: request}
	if stream {
		h = schema.Handler{ID: uint16(idStream), Name: "shop.Shop.Watch", Stream: true, Request: request, Out: request, OutCapacity: 4}
	}
	return &schema.Table{Shapes: []schema.Shape{{Kind: schema.Message, Name: "shop.Order", Fields: fields}}, Handlers: []schema.Handler{h}}
}

func field(name string, number int, kind schema.Kind) schema.Field {
	return schema.Field{Name: name, Number: number, Type: schema.Type{Kind: kind}}
}

// buy is the handler as one build knows it.
func buy(t *schema.Table) *grid.SingleHandler[*grid.Bytes, *grid.Bytes] {
	return grid.NewSingleHandler(idCall, grid.NewBytes, grid.NewBytes, grid.WithName("shop.Shop.Buy"), grid.WithSchema(t))
}

// P13: two builds whose schemas differ but fit call each other, in both
// directions; the first call waits for the comparison, which is made once.
func TestP13CompatibleSchemasWork(t *testing.T) {
	old := schemaOf(false, field("item", 1, schema.String))
	grown := schemaOf(false, field("item", 1, schema.String), field("count", 2, schema.Int64))
	for what, builds := range map[string][2]*schema.Table{"old calls new": {old, grown}, "new calls old": {grown, old}, "same": {old, old}} {
		t.Run(what, func(t *testing.T) {
			eachRole(t, func(t *testing.T, r role) {
				w := r.world(t, setup{register: func(m *grid.Manager) error {
					return buy(builds[1]).Register(m, func(_ context.Context, b *grid.Bytes) (*grid.Bytes, error) { return b, nil })
				}})
				for range 3 {
					reply, err := buy(builds[0]).Call(t.Context(), w.conn, message("tea"))
					if err != nil {
						t.Fatal(err)
					}
					wantReply(t, "call", *reply, err, "tea")
				}
			})
		})
	}
}

// P13: where they do not fit, calls and streams fail here, not sent, with a
// reason that names the handler and the difference; everything else goes on.
func TestP13IncompatibleSchemasFailLocallyWithAReason(t *testing.T) {
	number := []schema.Field{field("item", 1, schema.Int64)}
	text := []schema.Field{field("item", 1, schema.String)}
	eachRole(t, func(t *testing.T, r role) {
		watch := func(t *schema.Table) *grid.StreamingHandler[*grid.Bytes, *grid.NoPayload, *grid.Bytes] {
			return grid.NewStream(idStream, grid.NewBytes, grid.NewNoPayload, grid.NewBytes, grid.WithName("shop.Shop.Watch"), grid.WithSchema(t))
		}
		ran := false
		w := r.world(t, setup{register: func(m *grid.Manager) error {
			m.RegisterSingleHandler(idOther, echo)
			return m.Register(
				buy(schemaOf(false, number...)).Handle(func(_ context.Context, b *grid.Bytes) (*grid.Bytes, error) {
					ran = true
					return b, nil
				}),
				watch(schemaOf(true, number...)).Handle(func(context.Context, *grid.Bytes, *grid.Receiver[*grid.NoPayload], *grid.Sender[*grid.Bytes]) error {
					ran = true
					return nil
				}),
			)
		}})
		check := func(what, handler string, err error) {
			t.Helper()
			wantError(t, what, err, grid.ErrIncompatible, grid.NotSent)
			for _, part := range []string{handler, "item", "int64", "string"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s: nothing about %s in: %v", what, part, err)
				}
			}
		}
		for range 2 {
			_, err := buy(schemaOf(false, text...)).Call(t.Context(), w.conn, message("tea"))
			check("call", "shop.Shop.Buy", err)
			_, err = watch(schemaOf(true, text...)).OpenReceiver(t.Context(), w.conn, message("tea"))
			check("stream", "shop.Shop.Watch", err)
		}
		if ran {
			t.Error("a handler ran")
		}
		reply, err := w.conn.Request(t.Context(), idOther, []byte("still here"))
		wantReply(t, "another handler", reply, err, "still here")
	})
}

// P13: a call of one kind never reaches a handler of the other.
func TestP13KindsOfHandlersAreNotMixedUp(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{register: registerEcho})
		_, err := w.conn.NewStream(t.Context(), idCall, nil)
		wantError(t, "stream to a call", err, grid.ErrIncompatible, grid.NotSent)
	})
}

// P13: a peer that is built anew gets a new verdict: the comparison belongs to
// the session.
func TestP13VerdictsEndWithTheSession(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		kind := schema.Int64
		w := r.world(t, setup{register: func(m *grid.Manager) error {
			return buy(schemaOf(false, field("item", 1, kind))).Register(m, func(_ context.Context, b *grid.Bytes) (*grid.Bytes, error) { return b, nil })
		}})
		mine := buy(schemaOf(false, field("item", 1, schema.String)))
		_, err := mine.Call(t.Context(), w.conn, message("tea"))
		wantError(t, "before", err, grid.ErrIncompatible, grid.NotSent)
		kind = schema.String
		w.Crash(r.server)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := w.WaitDisconnected(ctx, r.caller, r.server); err != nil {
			t.Fatal(err)
		}
		w.Restart(r.server)
		reply, err := mine.Call(grid.WaitForReady(ctx), w.conn, message("tea"))
		if err != nil {
			t.Fatal(err)
		}
		wantReply(t, "after", *reply, err, "tea")
	})
}
