package typed_test

import (
	"context"
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
	"github.com/gridrpc/gridc/runtime/schema"
)

// P13: two builds whose schemas differ but fit call each other, in both
// directions; the first call waits for the comparison, which is made once.
func TestP13CompatibleSchemasWork(t *testing.T) {
	old := trial.SchemaOf(false, trial.Field("item", 1, schema.String))
	grown := trial.SchemaOf(false, trial.Field("item", 1, schema.String), trial.Field("count", 2, schema.Int64))
	for what, builds := range map[string][2]*schema.Table{"old calls new": {old, grown}, "new calls old": {grown, old}, "same": {old, old}} {
		t.Run(what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
					return trial.Buy(builds[1]).Register(m, func(_ context.Context, b *grid.Bytes) (*grid.Bytes, error) { return b, nil })
				}})
				for range 3 {
					reply, err := trial.Buy(builds[0]).Call(t.Context(), w.Conn, trial.Message("tea"))
					if err != nil {
						t.Fatal(err)
					}
					trial.WantReply(t, "call", *reply, err, "tea")
				}
			})
		})
	}
}

// P13: where they do not fit, calls and streams fail here, not sent, with a
// reason that names the handler and the difference; everything else goes on.
func TestP13IncompatibleSchemasFailLocallyWithAReason(t *testing.T) {
	number := []schema.Field{trial.Field("item", 1, schema.Int64)}
	text := []schema.Field{trial.Field("item", 1, schema.String)}
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		watch := func(t *schema.Table) *grid.StreamingHandler[*grid.Bytes, *grid.NoPayload, *grid.Bytes] {
			return grid.NewStreamingHandler(trial.IdStream, grid.NewBytes, grid.NewNoPayload, grid.NewBytes, grid.WithName("shop.Shop.Watch"), grid.WithSchema(t))
		}
		ran := false
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			m.RegisterSingleHandler(trial.IdOther, trial.Echo)
			return m.Register(
				trial.Buy(trial.SchemaOf(false, number...)).Handle(func(_ context.Context, b *grid.Bytes) (*grid.Bytes, error) {
					ran = true
					return b, nil
				}),
				watch(trial.SchemaOf(true, number...)).Handle(func(context.Context, *grid.Bytes, *grid.Receiver[*grid.NoPayload], *grid.Sender[*grid.Bytes]) error {
					ran = true
					return nil
				}),
			)
		}})
		check := func(what, handler string, err error) {
			t.Helper()
			trial.WantError(t, what, err, grid.ErrIncompatible, grid.NotSent)
			for _, part := range []string{handler, "item", "int64", "string"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s: nothing about %s in: %v", what, part, err)
				}
			}
		}
		for range 2 {
			_, err := trial.Buy(trial.SchemaOf(false, text...)).Call(t.Context(), w.Conn, trial.Message("tea"))
			check("call", "shop.Shop.Buy", err)
			_, err = watch(trial.SchemaOf(true, text...)).OpenReceiver(t.Context(), w.Conn, trial.Message("tea"))
			check("stream", "shop.Shop.Watch", err)
		}
		if ran {
			t.Error("a handler ran")
		}
		reply, err := w.Conn.Request(t.Context(), trial.IdOther, []byte("still here"))
		trial.WantReply(t, "another handler", reply, err, "still here")
	})
}

// P13: a call of one kind never reaches a handler of the other.
func TestP13KindsOfHandlersAreNotMixedUp(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: trial.RegisterEcho})
		_, err := w.Conn.NewStream(t.Context(), trial.IdCall, nil)
		trial.WantError(t, "stream to a call", err, grid.ErrIncompatible, grid.NotSent)
	})
}

// P13: a peer that is built anew gets a new verdict: the comparison belongs to
// the session.
func TestP13VerdictsEndWithTheSession(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		kind := schema.Int64
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return trial.Buy(trial.SchemaOf(false, trial.Field("item", 1, kind))).Register(m, func(_ context.Context, b *grid.Bytes) (*grid.Bytes, error) { return b, nil })
		}})
		mine := trial.Buy(trial.SchemaOf(false, trial.Field("item", 1, schema.String)))
		_, err := mine.Call(t.Context(), w.Conn, trial.Message("tea"))
		trial.WantError(t, "before", err, grid.ErrIncompatible, grid.NotSent)
		kind = schema.String
		w.Crash(r.Server)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := w.WaitDisconnected(ctx, r.Caller, r.Server); err != nil {
			t.Fatal(err)
		}
		w.Restart(r.Server)
		reply, err := mine.Call(grid.WaitForReady(ctx), w.Conn, trial.Message("tea"))
		if err != nil {
			t.Fatal(err)
		}
		trial.WantReply(t, "after", *reply, err, "tea")
	})
}
