package grid_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/codec"
)

// A typed handler is one value for both ends: the server registers functions
// with it, the client calls through it.
func TestGenerics(t *testing.T) {
	count := grid.NewSingleHandler(idCall, grid.NewMSS, grid.NewBytes)
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{register: func(m *grid.Manager) error {
			return count.Register(m, func(_ context.Context, req *grid.MSS) (*grid.Bytes, error) {
				return message(strings.Join(slices.Sorted(maps.Keys(*req)), ",")), nil
			}, "sub")
		}})
		reply, err := count.Call(t.Context(), w.conn.Subroute("sub"), grid.NewMSSWith(map[string]string{"b": "2", "a": "1"}))
		if err != nil {
			t.Fatal(err)
		}
		wantReply(t, "reply", *reply, err, "a,b")
	})
}

// With WithReuse the structs of requests and responses are used again and again:
// nothing of one call may be seen in another, not even where the handler answers
// with its request, or with parts of it.
func TestRecycling(t *testing.T) {
	call := grid.NewSingleHandler(idCall, storage.NewFileInfo, storage.NewFileInfo, grid.WithReuse())
	handlers := map[string]func(req *storage.FileInfo) *storage.FileInfo{
		"request": func(req *storage.FileInfo) *storage.FileInfo { return req },
		"parts": func(req *storage.FileInfo) *storage.FileInfo {
			resp := call.NewResponse()
			*resp = storage.FileInfo{Name: req.Name, Metadata: req.Metadata, Parts: req.Parts, Data: req.Data}
			return resp
		},
	}
	for name, answer := range handlers {
		t.Run(name, func(t *testing.T) {
			eachRole(t, func(t *testing.T, r role) {
				w := r.world(t, setup{register: func(m *grid.Manager) error {
					return call.Register(m, func(_ context.Context, req *storage.FileInfo) (*storage.FileInfo, error) { return answer(req), nil })
				}})
				var wg sync.WaitGroup
				for i := range 16 {
					wg.Go(func() {
						for j := range 50 {
							recycleOnce(t, w, call, fmt.Sprintf("%d/%d", i, j), j%3)
						}
					})
				}
				wg.Wait()
			})
		})
	}
}

// recycleOnce sends more or less in each call, so that what is left over shows.
func recycleOnce(t *testing.T, w *world, call *grid.SingleHandler[*storage.FileInfo, *storage.FileInfo], name string, much int) {
	t.Helper()
	req := &storage.FileInfo{Name: name}
	for i := range much {
		req.Parts = append(req.Parts, storage.PartInfo{Number: uint32(i), Etag: name})
		req.Metadata = map[string]string{"name": name}
		req.Data = []byte(name)
	}
	resp, err := call.Call(t.Context(), w.conn, req)
	if err != nil {
		t.Error(err)
		return
	}
	if resp.Name != name || !slices.Equal(resp.Parts, req.Parts) || !maps.Equal(resp.Metadata, req.Metadata) || string(resp.Data) != string(req.Data) {
		t.Errorf("sent %+v, got %+v", req, resp)
	}
	call.PutResponse(resp)
}

// The channel shape of typed streams.
func TestTypedChannels(t *testing.T) {
	typed := grid.NewStream(idStream, grid.NewBytes, grid.NewBytes, grid.NewBytes)
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{register: func(m *grid.Manager) error {
			return typed.Register(m, func(_ context.Context, p *grid.Bytes, in <-chan *grid.Bytes, out chan<- *grid.Bytes) error {
				for msg := range in {
					out <- message(string(*p) + string(*msg))
				}
				return grid.NewError(grid.NotFound, "no more")
			})
		}})
		st, err := typed.Call(t.Context(), w.conn, message("x"))
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for i := range 40 {
				st.Requests <- message(fmt.Sprint(i))
			}
			close(st.Requests)
		}()
		n := 0
		err = st.Results(func(msg *grid.Bytes) error {
			if want := fmt.Sprint("x", n); string(*msg) != want {
				t.Errorf("got %q, want %q", *msg, want)
			}
			n++
			return nil
		})
		if !errors.Is(err, grid.ErrNotFound) || n != 40 {
			t.Errorf("%d responses, then %v", n, err)
		}
	})
}

// Known mistake of the origin: typed senders blocked for ever once the stream
// had ended, here in the channel shapes, after a good end and after a loss.
func TestOriginChannelSendersNeverBlockAfterTheEnd(t *testing.T) {
	typed := grid.NewStream(idStream, grid.NewBytes, grid.NewBytes, grid.NewBytes)
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{register: func(m *grid.Manager) error {
			return typed.Register(m, func(ctx context.Context, p *grid.Bytes, _ <-chan *grid.Bytes, _ chan<- *grid.Bytes) error {
				if string(*p) == "wait" {
					<-ctx.Done()
				}
				return nil
			})
		}})
		for _, payload := range []string{"return", "wait"} {
			st, err := typed.Call(t.Context(), w.conn, message(payload))
			if err != nil {
				t.Fatal(err)
			}
			raw, err := w.conn.NewStream(t.Context(), idStream, []byte(payload))
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			w.Cut(r.caller, r.server)
			synctest.Wait() // a stream that ended well does not wait for the loss
			for range st.Responses {
			}
			for range raw.Responses {
			}
			deadline := time.After(time.Minute)
			for i := range 100 {
				select {
				case st.Requests <- message("more"):
				case <-deadline:
					t.Fatalf("%s: typed: blocked after %d", payload, i)
				}
				select {
				case raw.Requests <- []byte("more"):
				case <-deadline:
					t.Fatalf("%s: bytes: blocked after %d", payload, i)
				}
			}
			close(st.Requests)
			close(raw.Requests)
			w.HealAll()
			w.connected(t)
		}
	})
}

// P4: the typed channel shape does not swallow a message either.
func TestP4TypedMessageTooLargeEndsTheStream(t *testing.T) {
	typed := grid.NewStream(idStream, grid.NewNoPayload, grid.NewBytes, grid.NewBytes)
	huge := message(strings.Repeat("x", 1<<20+1))
	eachRole(t, func(t *testing.T, r role) {
		stopped := make(chan bool, 1)
		w := r.world(t, setup{
			configure: func(_ *world, _ string, o *grid.Options) { o.Limits.Message = 1 << 20 },
			register: func(m *grid.Manager) error {
				return typed.RegisterNoPayload(m, func(ctx context.Context, in <-chan *grid.Bytes, out chan<- *grid.Bytes) error {
					select {
					case <-in:
						out <- huge
						<-ctx.Done() // a handler without a natural end is told
					case <-ctx.Done():
					}
					stopped <- true
					return nil
				})
			},
		})
		for from, first := range map[string]*grid.Bytes{"client": huge, "server": message("send it")} {
			st, err := typed.Call(t.Context(), w.conn, grid.NewNoPayload())
			if err != nil {
				t.Fatal(err)
			}
			settle() // the handler runs
			st.Requests <- first
			if err := st.Results(func(*grid.Bytes) error { return nil }); !errors.Is(err, grid.ErrTooLarge) {
				t.Errorf("from the %s: %v", from, err)
			}
			await(t, "handler", stopped)
			close(st.Requests)
		}
	})
}

// Messages belong to those who receive them: what a handler or a caller keeps of a
// large one does not change when its buffer could serve the next.
func TestLargeMessagesBelongToTheirReceivers(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		var kept []*stored
		h := grid.NewSingleHandler(idCall, newStored, newStored)
		w := r.world(t, setup{register: func(m *grid.Manager) error {
			return h.Register(m, func(_ context.Context, req *stored) (*stored, error) {
				kept = append(kept, req)
				return req, nil
			})
		}})
		for i := range byte(6) {
			reply, err := h.Call(t.Context(), w.conn, &stored{bytes.Repeat([]byte{i}, 2<<20)})
			if err != nil {
				t.Fatal(err)
			}
			kept = append(kept, reply)
		}
		for i, m := range kept {
			if !bytes.Equal(m.data, bytes.Repeat([]byte{byte(i / 2)}, 2<<20)) {
				t.Errorf("message %d is not what it was", i)
			}
		}
		if n := len(kept); n != 12 {
			t.Errorf("%d messages", n)
		}
	})
}

// stored is a message with bytes, as gridc generates it.
type stored struct{ data []byte }

func newStored() *stored { return new(stored) }

func (v *stored) DecodeGrid(d *codec.Decoder) {
	v.data = v.data[:0]
	for n := d.Begin(); n > 0 && d.OK(); n-- {
		if d.Key() == 1 {
			v.data = d.Bytes(v.data)
		}
	}
	d.End("stored")
}

func (v *stored) MarshalMsg(b []byte) ([]byte, error) {
	var e codec.Encoder
	e.Start(b, v.Msgsize())
	at := e.Begin(1)
	e.Bytes(1, v.data)
	e.End(at, "stored")
	return e.Done()
}

func (v *stored) UnmarshalMsg(b []byte) ([]byte, error) {
	var d codec.Decoder
	d.Start(b)
	v.DecodeGrid(&d)
	return d.Done()
}

func (v *stored) Msgsize() int { return len(v.data) + 20 }
