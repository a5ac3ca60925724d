package fences_test

import (
	"context"
	"errors"
	"math"
	"net"
	"strconv"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// missized is a message that does not know how long it is, as after an overflow.
type missized struct {
	grid.Bytes
	size int
}

func (m *missized) Msgsize() int { return m.size }

// encodedBy is missized as generated code would encode it that holds such a message.
type encodedBy struct{ missized }

func (m *encodedBy) MarshalMsg(b []byte) ([]byte, error) {
	e := codec.NewEncoder(b, m.Msgsize())
	e.PutUint(1)
	return e.Done()
}

// What a message says of its size is a guess: neither memory nor a call is lost to one
// that is wrong.
func TestMsgsizeThatIsWrong(t *testing.T) {
	for _, size := range []int{math.MinInt, -1, 1, math.MaxInt} {
		t.Run(strconv.Itoa(size), func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				useMissized(t, r, func() *missized { return &missized{grid.Bytes("x"), size} })
				useMissized(t, r, func() *encodedBy { return &encodedBy{missized{nil, size}} })
			})
		})
	}
}

func useMissized[T grid.Message](t *testing.T, r trial.Role, empty func() T) {
	const get, talk = trial.IdOther, trial.IdOther + 1
	call := grid.NewSingleHandler(get, empty, empty)
	stream := grid.NewStreamingHandler(talk, empty, empty, empty)
	w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
		return errors.Join(trial.RegisterEcho(m),
			call.Register(m, func(context.Context, T) (T, error) { return empty(), nil }),
			m.Register(stream.Handle(func(_ context.Context, _ T, in *grid.Receiver[T], out *grid.Sender[T]) error {
				_, err := in.Recv()
				return errors.Join(err, out.Send(empty()))
			})))
	}})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := call.Call(ctx, w.Conn, empty()); err != nil {
		t.Error("a call:", err)
	}
	if _, err := grid.First(call.CallGroup(ctx, w.Node(r.Caller).Manager().Group(r.Server), empty())); err != nil {
		t.Error("a group:", err)
	}
	if st, err := stream.Open(ctx, w.Conn, empty()); err != nil {
		t.Error("a stream:", err)
	} else {
		_, recvErr := func() (T, error) { _ = st.Send(empty()); return st.Recv() }()
		if recvErr != nil {
			t.Error("a message:", recvErr)
		}
		st.Close()
	}
	if st, err := stream.Call(ctx, w.Conn, empty()); err != nil {
		t.Error("a stream with channels:", err)
	} else {
		st.Requests <- empty()
		if err := st.Results(func(T) error { return nil }); err != nil {
			t.Error("a message from a channel:", err)
		}
	}
	w.Alive(t)
}

// miscounting is a connection that says of a number of bytes what cannot be, once it
// is armed.
type miscounting struct {
	net.Conn
	armed       time.Time
	read, write func(n int) int
}

func (c *miscounting) Read(b []byte) (int, error) {
	if c.read != nil && time.Now().After(c.armed) {
		return c.read(len(b)), nil
	}
	return c.Conn.Read(b)
}

func (c *miscounting) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if c.write != nil && time.Now().After(c.armed) {
		return c.write(n), nil
	}
	return n, err
}

// A connection that miscounts ends its session; the two connect anew.
func TestConnectionsThatMiscount(t *testing.T) {
	for what, count := range map[string]func(n int) int{
		"more":    func(n int) int { return n + 1 },
		"none":    func(int) int { return 0 },
		"less":    func(n int) int { return -n },
		"largest": func(int) int { return math.MaxInt },
	} {
		t.Run(what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				for _, bad := range []miscounting{{read: count}, {write: count}} {
					dials := 0
					w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(_ *trial.World, _ string, o *grid.Options) {
						dial := o.Dial
						o.Dial = func(ctx context.Context, address string) (net.Conn, error) {
							conn, err := dial(ctx, address)
							if err != nil {
								return nil, err
							}
							if dials++; dials > 1 {
								return conn, nil
							}
							return &miscounting{conn, time.Now().Add(time.Second), bad.read, bad.write}, nil
						}
					}})
					time.Sleep(2 * time.Second)
					if _, err := w.Conn.Request(t.Context(), trial.IdCall, nil); err != nil && !errors.Is(err, grid.ErrDisconnected) {
						t.Error(err)
					}
					time.Sleep(time.Minute)
					reply, err := w.Conn.Request(t.Context(), trial.IdCall, []byte("alive"))
					if trial.WantReply(t, "over the next session", reply, err, "alive"); dials < 2 {
						t.Error("the session went on")
					}
				}
			})
		})
	}
}
