package typed_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
	"github.com/gridrpc/gridc/runtime/schema"
)

// A peer says what it serves, with all that a caller needs who was not built for it.
func TestReflectionTellsWhatAPeerServes(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return errors.Join(
				storage.RegisterStorage(m, "d2", &storage.StorageFuncs{}),
				storage.RegisterStorage(m, "d1", &storage.StorageFuncs{}),
				m.RegisterSingleHandler(trial.IdOther, trial.Echo),
			)
		}})
		var ids []grid.HandlerID
		var told []string
		for _, h := range w.Conn.Handlers() {
			told = append(told, fmt.Sprintf("%d %q stream %v in %d out %d schema %v", h.ID, h.Subroute, h.Stream, h.InCapacity, h.OutCapacity, h.HasSchema))
			ids = append(ids, h.ID)
		}
		want := []string{
			fmt.Sprintf(`%d "" stream false in 0 out 0 schema false`, trial.IdOther),
			`7 "d1" stream true in 0 out 100 schema true`, `7 "d2" stream true in 0 out 100 schema true`,
			`9 "d1" stream false in 0 out 0 schema true`, `9 "d2" stream false in 0 out 0 schema true`,
			`12 "d1" stream false in 0 out 0 schema true`, `12 "d2" stream false in 0 out 0 schema true`,
			`13 "d1" stream false in 0 out 0 schema true`, `13 "d2" stream false in 0 out 0 schema true`,
			`40 "d1" stream true in 16 out 64 schema true`, `40 "d2" stream true in 16 out 64 schema true`,
		}
		if fmt.Sprint(told) != fmt.Sprint(want) {
			t.Errorf("the peer tells of\n%q, want\n%q", told, want)
		}
		tables, err := w.Conn.Schemas(t.Context(), ids...)
		if err != nil {
			t.Fatal(err)
		}
		if len(tables) != 5 {
			t.Errorf("%d schemas, want those of 5 handlers", len(tables))
		}
		wantReadVersion(t, tables[12])
	})
}

// wantReadVersion checks that a table has all the names of a handler.
func wantReadVersion(t *testing.T, table *schema.Table) {
	t.Helper()
	h := table.Handler(12)
	if h.Name != "storage.Storage.ReadVersion" || len(h.Errors) != 3 || h.Errors[0].Code != "storage.file_not_found" {
		t.Errorf("the handler: %+v", h)
	}
	request := table.Shapes[h.Request.Shape]
	if request.Name != "storage.ReadVersionRequest" || request.Fields[1].Name != "path" || request.Fields[1].Limit != 4<<10 {
		t.Errorf("the request: %+v", request)
	}
	if body := table.Shapes[h.Errors[0].Shape]; body.Fields[0].Name != "volume" {
		t.Errorf("the error's fields: %+v", body)
	}
}

// Shapes are asked for a few at a time, however many handlers there are, and a call
// that compares is not in their way.
func TestReflectionOfManyHandlers(t *testing.T) {
	synctest.Test(t, reflectManyHandlers)
}

func reflectManyHandlers(t *testing.T) {
	table := func(i int) *schema.Table {
		x := trial.SchemaOf(false, trial.Field("item", 1, schema.String))
		x.Handlers[0].ID, x.Handlers[0].Name = uint16(i), fmt.Sprintf("shop.Shop.Buy%d", i)
		return x
	}
	const handlers = 3000 // answers of more than a peer lets wait
	w := trial.DialsFirst.World(t, trial.Setup{Register: func(m *grid.Manager) error {
		for i := 1; i <= handlers; i++ {
			h := grid.NewSingleHandler(grid.HandlerID(i), grid.NewBytes, grid.NewBytes, grid.WithSchema(table(i)))
			if err := h.Register(m, func(_ context.Context, b *grid.Bytes) (*grid.Bytes, error) { return b, nil }); err != nil {
				return err
			}
		}
		return nil
	}})
	var ids []grid.HandlerID
	for _, h := range w.Conn.Handlers() {
		ids = append(ids, h.ID)
	}
	for range 2 { // the second time from memory
		tables, err := w.Conn.Schemas(t.Context(), ids...)
		if err != nil || len(tables) != handlers {
			t.Fatalf("%d schemas, %v", len(tables), err)
		}
		if name := tables[handlers].Handlers[0].Name; name != fmt.Sprintf("shop.Shop.Buy%d", handlers) {
			t.Errorf("the last is %s", name)
		}
	}
	other := grid.NewSingleHandler(7, grid.NewBytes, grid.NewBytes, grid.WithSchema(trialOf(7, trial.Field("item", 1, schema.Int64))))
	if _, err := other.Call(t.Context(), w.Conn, trial.Message("tea")); !errors.Is(err, grid.ErrIncompatible) {
		t.Errorf("a call of another shape: %v", err)
	}
}

func trialOf(id uint16, fields ...schema.Field) *schema.Table {
	x := trial.SchemaOf(false, fields...)
	x.Handlers[0].ID = id
	return x
}

// What a peer may have a tool remember is bounded.
func TestReflectionIsBounded(t *testing.T) {
	var wide []schema.Field
	for i := range 80 {
		wide = append(wide, trial.Field(fmt.Sprintf("a rather long name %d", i), i+1, schema.String))
	}
	synctest.Test(t, func(t *testing.T) {
		const handlers = 200
		w := trial.DialsFirst.World(t, trial.Setup{
			Configure: func(w *trial.World, name string, o *grid.Options) {
				if name == w.Caller {
					o.Limits.SchemaTable = 16 << 10
				}
			},
			Register: func(m *grid.Manager) error {
				for i := grid.HandlerID(1); i <= handlers; i++ {
					h := grid.NewSingleHandler(i, grid.NewBytes, grid.NewBytes, grid.WithSchema(trialOf(uint16(i), wide...)))
					if err := h.Register(m, func(_ context.Context, b *grid.Bytes) (*grid.Bytes, error) { return b, nil }); err != nil {
						return err
					}
				}
				return nil
			},
		})
		var ids []grid.HandlerID
		for _, h := range w.Conn.Handlers() {
			ids = append(ids, h.ID)
		}
		if few, err := w.Conn.Schemas(t.Context(), ids[:20]...); err != nil || len(few) != 20 {
			t.Fatalf("%d schemas, %v", len(few), err)
		}
		_, err := w.Conn.Schemas(t.Context(), ids...)
		trial.WantError(t, "more than may be remembered", err, grid.ErrResourceExhausted, grid.NotSent)
	})
}

// Where there is no session there is nothing to tell.
func TestReflectionWithoutAPeer(t *testing.T) {
	var none *grid.Connection
	if h := none.Handlers(); h != nil {
		t.Errorf("handlers of nobody: %v", h)
	}
	_, err := none.Schemas(t.Context(), 1)
	trial.WantError(t, "schemas of nobody", err, grid.ErrDisconnected, grid.NotSent)
}
