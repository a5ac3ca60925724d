package typed_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tinylib/msgp/msgp"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// parcel is a message as generated code has it: bytes that may be long, with
// something before and behind them.
type parcel struct {
	name, note string
	data       []byte
}

func newParcel() *parcel { return new(parcel) }

func (v *parcel) EncodeGrid(e *codec.Encoder) {
	at := e.Begin(3)
	e.String(1, v.name)
	e.Bytes(2, v.data)
	e.String(3, v.note)
	e.End(at, "parcel")
}

func (v *parcel) DecodeGrid(d *codec.Decoder) {
	*v = parcel{data: v.data[:0]}
	for n := d.Begin(); n > 0 && d.OK(); n-- {
		switch d.Key() {
		case 1:
			v.name = d.String()
		case 2:
			v.data = d.Bytes(v.data)
		case 3:
			v.note = d.String()
		default:
			d.Skip()
		}
	}
	d.End("parcel")
}

func (v *parcel) Msgsize() int { return 32 + len(v.name) + len(v.data) + len(v.note) }

func (v *parcel) MarshalMsg(b []byte) ([]byte, error) {
	var e codec.Encoder
	e.Start(b, v.Msgsize())
	v.EncodeGrid(&e)
	return e.Done()
}

func (v *parcel) UnmarshalMsg(b []byte) ([]byte, error) {
	var d codec.Decoder
	d.Start(b)
	v.DecodeGrid(&d)
	return d.Done()
}

func (v *parcel) equal(x *parcel) bool {
	return v.name == x.name && v.note == x.note && bytes.Equal(v.data, x.data)
}

// randomParcel has n random bytes.
func randomParcel(name string, n int) *parcel {
	v := &parcel{name: name, note: name + " again", data: make([]byte, n)}
	rand.NewChaCha8([32]byte{byte(n), byte(n >> 8), byte(n >> 16)}).Read(v.data)
	return v
}

// scribble changes the bytes that v has.
func (v *parcel) scribble() {
	clear(v.data)
}

// asStub makes a call as generated code does.
func asStub(ctx context.Context, c grid.Caller, h *grid.SingleHandler[*parcel, *parcel], req *parcel) (*parcel, error) {
	var e codec.Encoder
	h.Encoder(c, &e, req.Msgsize())
	req.EncodeGrid(&e)
	return h.CallEncoded(ctx, c, &e)
}

// aliasing is a request of somebody else's making: it refers to what it was decoded from.
type aliasing struct{ parcel }

func newAliasing() *aliasing { return new(aliasing) }

func (v *aliasing) UnmarshalMsg(b []byte) ([]byte, error) {
	v.data = nil
	fields, b, _ := msgp.ReadMapHeaderBytes(b)
	for range fields {
		var key int
		key, b, _ = msgp.ReadIntBytes(b)
		if key == 2 {
			v.data, b, _ = msgp.ReadBytesZC(b)
		} else {
			b, _ = msgp.Skip(b)
		}
	}
	return b, nil
}

// Long bytes arrive as they are, whether or not they were lent on the way: in
// calls and answers, in streams, with interceptors, with pooled messages.
func TestLongBytesArrive(t *testing.T) {
	sizes := []int{0, 1000, codec.LendFrom - 1, codec.LendFrom, 1<<20 + 17}
	see := grid.Interceptor{Call: func(ctx context.Context, _ *grid.HandlerInfo, p []byte, next grid.CallFunc) ([]byte, error) {
		if msgp.NextType(p) != msgp.MapType {
			t.Errorf("an interceptor saw %d bytes that are no message", len(p))
		}
		reply, err := next(ctx, p)
		if rest, err := msgp.Skip(reply); err != nil || len(rest) > 0 {
			t.Errorf("an interceptor saw an answer that is no message: %v", err)
		}
		return reply, err
	}}
	for _, reuse := range []bool{false, true} {
		for _, observed := range []string{"nobody", "a", "b"} {
			t.Run(fmt.Sprintf("reuse %v, %s observes", reuse, observed), func(t *testing.T) {
				var opts []grid.HandlerOption
				if reuse {
					opts = append(opts, grid.WithReuse())
				}
				echo := grid.NewSingleHandler(trial.IdCall, newParcel, newParcel, opts...)
				alias := grid.NewSingleHandler(trial.IdOther, newAliasing, newParcel, opts...)
				mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b"}, Configure: func(name string, o *grid.Options) {
					if name == observed {
						o.ClientInterceptors, o.ServerInterceptors = []grid.Interceptor{see}, []grid.Interceptor{see}
					}
				}, Register: func(n *gridtest.Node) error {
					return errors.Join(
						echo.Register(n.Manager(), func(_ context.Context, req *parcel) (*parcel, error) { return req, nil }),
						alias.Register(n.Manager(), func(_ context.Context, req *aliasing) (*parcel, error) {
							return &parcel{data: req.data}, nil
						}),
					)
				}})
				if err := mesh.WaitConnected(t.Context()); err != nil {
					t.Fatal(err)
				}
				conn := mesh.Connection("a", "b")
				var wg sync.WaitGroup
				for i := range 4 {
					wg.Go(func() {
						for _, n := range sizes {
							req := randomParcel(fmt.Sprint(i), n+i)
							byHand, err1 := echo.Call(t.Context(), conn, req)
							stub, err2 := asStub(t.Context(), conn, echo, req)
							aliased, err3 := alias.Call(t.Context(), conn, &aliasing{*req})
							if err := errors.Join(err1, err2, err3); err != nil {
								t.Error(n, err)
								return
							}
							if !byHand.equal(req) || !stub.equal(req) || !bytes.Equal(aliased.data, req.data) {
								t.Errorf("%d bytes came back as others", n)
							}
						}
					})
				}
				wg.Wait()
			})
		}
	}
}

// slow is a link on which a message of slowSize is on its way for eight seconds.
var slow = gridtest.Link{Latency: time.Millisecond, Bandwidth: 256 << 10}

const slowSize = 2 << 20

// A call that is over needs nothing of its request any more: its caller may change
// it at once, and what was on its way is not spoilt for others.
func TestRequestIsFreeWhenTheCallIsOver(t *testing.T) {
	echo := grid.NewSingleHandler(trial.IdCall, newParcel, newParcel)
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Link: slow, Register: func(m *grid.Manager) error {
			return echo.Register(m, func(_ context.Context, req *parcel) (*parcel, error) { return &parcel{note: req.note}, nil })
		}})
		for wait := 500 * time.Millisecond; wait < 8*time.Second; wait *= 2 {
			req := randomParcel("given up", slowSize)
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			_, err := asStub(ctx, w.Conn, echo, req)
			cancel()
			if !errors.Is(err, grid.ErrDeadlineExceeded) || grid.OutcomeOf(err) != grid.NotSent {
				t.Errorf("%v, outcome %v", err, grid.OutcomeOf(err))
			}
			req.scribble()
		}
		small := randomParcel("alive", 100)
		if got, err := asStub(t.Context(), w.Conn, echo, small); err != nil || got.note != small.note {
			t.Errorf("afterwards: %v", err)
		}
		if n := w.Conn.State().Session; n != 1 {
			t.Errorf("it took %d sessions", n)
		}
	})
}

// An idempotent call whose connection is cut while its request is on its way is
// made again, with all of the request.
func TestLongRequestIsSentAgain(t *testing.T) {
	echo := grid.NewSingleHandler(trial.IdCall, newParcel, newParcel, grid.WithIdempotent())
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Link: slow, Register: func(m *grid.Manager) error {
			return echo.Register(m, func(_ context.Context, req *parcel) (*parcel, error) {
				if !req.equal(randomParcel("again", slowSize)) {
					return nil, errors.New("another request")
				}
				return &parcel{note: req.note}, nil
			})
		}})
		go func() {
			time.Sleep(4 * time.Second)
			w.Cut(r.Caller, r.Server)
			time.Sleep(time.Second)
			w.Heal(r.Caller, r.Server)
		}()
		ctx, cancel := context.WithTimeout(grid.WaitForReady(t.Context()), 5*time.Minute)
		defer cancel()
		req := randomParcel("again", slowSize)
		got, err := asStub(ctx, w.Conn, echo, req)
		if err != nil || got.note != req.note {
			t.Errorf("%v", err)
		}
	})
}

// Send returns when nothing of the message is needed any more, also where the
// stream ends meanwhile.
func TestMessageIsFreeWhenSendReturns(t *testing.T) {
	chat := grid.NewStreamingHandler(trial.IdStream, grid.NewNoPayload, newParcel, newParcel, grid.WithCapacity(4, 4))
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Link: slow, Register: func(m *grid.Manager) error {
			return m.Register(chat.Handle(func(_ context.Context, _ *grid.NoPayload, in *grid.Receiver[*parcel], out *grid.Sender[*parcel]) error {
				for msg, err := range in.All() {
					if err != nil {
						return err
					}
					if err := out.Send(msg); err != nil {
						return err
					}
					msg.scribble()
				}
				return nil
			}))
		}})
		st, err := chat.Open(t.Context(), w.Conn, grid.NewNoPayload())
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			sent := randomParcel("kept", slowSize/4+i)
			if err := st.Send(sent); err != nil {
				t.Fatal(err)
			}
			sent.scribble()
			if got, err := st.Recv(); err != nil || !got.equal(randomParcel("kept", slowSize/4+i)) {
				t.Fatalf("message %d: %v", i, err)
			}
		}
		time.AfterFunc(2*time.Second, st.Close)
		last := randomParcel("given up", slowSize)
		if err := st.Send(last); err == nil {
			t.Error("a message was sent on a stream that was closed")
		}
		last.scribble()
		again, err := chat.Open(t.Context(), w.Conn, grid.NewNoPayload())
		if err != nil {
			t.Fatal(err)
		}
		small := randomParcel("alive", 100)
		if err := again.Send(small); err != nil {
			t.Fatal(err)
		}
		if got, err := again.Recv(); err != nil || !got.equal(small) || w.Conn.State().Session != 1 {
			t.Errorf("afterwards: %v, %d sessions", err, w.Conn.State().Session)
		}
	})
}

// An answer that is too large is counted with what it lends, and frees its slot.
func TestLentAnswerTooLarge(t *testing.T) {
	echo := grid.NewSingleHandler(trial.IdCall, newParcel, newParcel)
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{
			Configure: func(_ *trial.World, name string, o *grid.Options) {
				if name == r.Caller {
					o.Limits.Message = 1 << 20
				}
			},
			Register: func(m *grid.Manager) error {
				return echo.Register(m, func(context.Context, *parcel) (*parcel, error) {
					time.Sleep(time.Second) // not on the reader
					return randomParcel("large", 1<<20), nil
				})
			},
		})
		_, err := echo.Call(t.Context(), w.Conn, newParcel())
		if !errors.Is(err, grid.ErrTooLarge) || grid.OutcomeOf(err) != grid.Ran {
			t.Errorf("%v, outcome %v", err, grid.OutcomeOf(err))
		}
		synctest.Wait()
		if n := w.Connection(r.Server, r.Caller).Stats().CallsServing; n != 0 {
			t.Errorf("%d calls are still served", n)
		}
	})
}
