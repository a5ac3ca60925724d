package fences_test

import (
	"bytes"
	"context"
	"errors"
	goruntime "runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// trace is the stack trace of the present goroutine: its first line has its number, and
// says whether it is locked to its thread.
func trace() (head, all string) {
	b := make([]byte, 64<<10)
	all = string(b[:goruntime.Stack(b, false)])
	head, _, _ = strings.Cut(all, "\n")
	return head, all
}

// number is the number of the present goroutine.
func number() string {
	head, _ := trace()
	return strings.Fields(head)[1]
}

// carried is what a goroutine has from a handler before.
func carried() string {
	head, _ := trace()
	var found []string
	if strings.Contains(head, "locked to thread") {
		found = append(found, "a locked thread")
	}
	if debug.SetPanicOnFault(false) {
		found = append(found, "SetPanicOnFault")
	}
	var profile bytes.Buffer
	err := pprof.Lookup("goroutine").WriteTo(&profile, 1)
	for _, one := range strings.Split(profile.String(), "\n\n") {
		if err != nil || strings.Contains(one, "_test.carried") && strings.Contains(one, "tenant") {
			found = append(found, "labels")
			break
		}
	}
	return strings.Join(found, ", ")
}

// marks are what a handler does to its goroutine, and how it ends.
var marks = map[string]func() error{
	"locks its thread":            func() error { goruntime.LockOSThread(); return nil },
	"locks it twice":              func() error { goruntime.LockOSThread(); goruntime.LockOSThread(); return nil },
	"locks it and fails":          func() error { goruntime.LockOSThread(); return grid.NewError(grid.NotFound, "") },
	"locks it and panics":         func() error { goruntime.LockOSThread(); panic("hunter2") },
	"locks it and ends":           func() error { goruntime.LockOSThread(); goruntime.Goexit(); return nil },
	"unlocks what it has not":     func() error { goruntime.UnlockOSThread(); return nil },
	"unlocks it":                  func() error { goruntime.LockOSThread(); goruntime.UnlockOSThread(); return nil },
	"sets labels":                 func() error { label(); return nil },
	"sets labels and panics":      func() error { label(); panic("hunter2") },
	"sets labels and ends":        func() error { label(); goruntime.Goexit(); return nil },
	"faults are panics":           func() error { debug.SetPanicOnFault(true); return nil },
	"faults are panics, and fail": func() error { debug.SetPanicOnFault(true); return errors.New("no") },
	"all of it":                   func() error { goruntime.LockOSThread(); label(); debug.SetPanicOnFault(true); return nil },
}

func label() {
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("tenant", "x")))
}

// Nothing that a handler does to its goroutine reaches the next one, wherever it ran: on
// the reader of its session or not, alone or in a batch with others.
func TestNothingOfAHandlersGoroutineReachesTheNext(t *testing.T) {
	typed := grid.NewSingleHandler(trial.IdOther+1, grid.NewBytes, grid.NewBytes)
	for what, mark := range marks {
		t.Run(what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				look := func(context.Context, []byte) ([]byte, error) { return []byte(carried()), nil }
				w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
					return errors.Join(
						m.RegisterSingleHandler(trial.IdOther, func(context.Context, []byte) ([]byte, error) { return nil, mark() }),
						typed.Register(m, func(context.Context, *grid.Bytes) (*grid.Bytes, error) { return grid.NewBytes(), mark() }),
						m.RegisterSingleHandler(trial.IdCall, look),
						trial.TypedStream(2, 2, func(_ context.Context, p string, _ *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
							if p == "look" {
								return out.Send(trial.Message(carried()))
							}
							return mark()
						})(m))
				}})
				check := func() {
					t.Helper()
					reply, err := w.Conn.Request(t.Context(), trial.IdCall, nil)
					trial.WantReply(t, "the next call", reply, err, "")
					st := trial.OpenStream(t, w, "look")
					if got, err := st.Recv(); err != nil || len(*got) > 0 {
						t.Errorf("the next stream has %s, %v", *got, err)
					}
				}
				for range 3 {
					_, _ = w.Conn.Request(t.Context(), trial.IdOther, nil)
					check()
					_, _ = w.Conn.Request(t.Context(), trial.IdOther, make([]byte, 100_000)) // on a goroutine of its own
					check()
					_, _ = typed.Call(t.Context(), w.Conn, trial.Message(""))
					check()
					_, _ = trial.OpenStream(t, w, "mark").Recv()
					check()
				}
				var wg sync.WaitGroup
				for i := range 64 {
					wg.Go(func() {
						if i%4 == 0 {
							_, _ = w.Conn.Request(t.Context(), trial.IdOther, nil)
							return
						}
						reply, err := w.Conn.Request(t.Context(), trial.IdCall, nil)
						trial.WantReply(t, "a call in the same batch", reply, err, "")
					})
				}
				wg.Wait()
				if n := w.Conn.State().Session; n != 1 {
					t.Errorf("it took %d sessions", n)
				}
			})
		})
	}
}

// A goroutine inherits from the one that starts it: labels, and more that cannot be seen
// from here. So no handler, and no reader, begins on a goroutine that a handler or a
// caller has started, or who made the Manager.
func TestNoReaderIsStartedByAHandlerOrACaller(t *testing.T) {
	label() // of who makes the Managers
	defer pprof.SetGoroutineLabels(context.Background())
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		var mu sync.Mutex
		foreign := map[string]bool{number(): true}
		mark := func() {
			label()
			mu.Lock()
			defer mu.Unlock()
			foreign[number()] = true
		}
		look := func(context.Context, []byte) ([]byte, error) {
			_, all := trace()
			_, parent, _ := strings.Cut(all[strings.LastIndex(all, "created by"):], "in goroutine ")
			parent, _, _ = strings.Cut(parent, "\n")
			mu.Lock()
			defer mu.Unlock()
			if foreign[strings.TrimSpace(parent)] {
				t.Errorf("started by a handler or a caller:\n%s", all)
			}
			return []byte(carried()), nil
		}
		var w *trial.World
		w = r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return errors.Join(m.RegisterSingleHandler(trial.IdCall, look), m.RegisterSingleHandler(trial.IdOther, func(ctx context.Context, _ []byte) ([]byte, error) {
				mark() // and calls back: it gives the reader's role away, and is a caller itself
				back := w.Connection(r.Server, r.Caller)
				for range 20 {
					if _, err := back.Request(ctx, trial.IdOther, nil); err == nil {
						t.Error("an answer from a handler that is not there")
					}
				}
				return nil, nil
			}))
		}})
		for range 20 {
			if _, err := w.Conn.Request(t.Context(), trial.IdOther, nil); err != nil {
				t.Fatal(err)
			}
			reply, err := w.Conn.Request(t.Context(), trial.IdCall, nil)
			trial.WantReply(t, "the next call", reply, err, "")
		}
	})
}

// A handler that wants a goroutine of its own has one, for each call.
func TestOwnGoroutine(t *testing.T) {
	plain := grid.NewSingleHandler(trial.IdCall, grid.NewBytes, grid.NewBytes)
	own := grid.NewSingleHandler(trial.IdOther, grid.NewBytes, grid.NewBytes, grid.WithOwnGoroutine())
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		where := func(context.Context, *grid.Bytes) (*grid.Bytes, error) {
			_, all := trace()
			if strings.Contains(all, "readLoop") {
				return trial.Message("reader"), nil
			}
			return trial.Message(number()), nil
		}
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return errors.Join(plain.Register(m, where), own.Register(m, where))
		}})
		seen := map[string]bool{}
		for range 50 {
			reply, err := plain.Call(t.Context(), w.Conn, trial.Message(""))
			trial.WantReply(t, "plain", *reply, err, "reader")
			reply, err = own.Call(t.Context(), w.Conn, trial.Message(""))
			if err != nil || seen[string(*reply)] || string(*reply) == "reader" {
				t.Errorf("ran on %s, %v", *reply, err)
			}
			seen[string(*reply)] = true
		}
	})
}
