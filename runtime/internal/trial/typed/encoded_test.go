package typed_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"unsafe"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
	v1 "github.com/gridrpc/gridc/runtime/internal/versions/v1/gen/shop"
)

// buyByHand is the handler of the stubs' Buy, for code that has no stubs.
var buyByHand = grid.NewSingleHandler(1, v1.NewOrder, v1.NewReceipt)

// newShop starts two nodes that serve the first revision of Shop, in real time,
// and returns what calls it: the stub and Call, which make a new request each time,
// and CallInto with the same request and response. One goroutine at a time may call.
func newShop(t testing.TB) (conn *grid.Connection, callers map[string]func() error) {
	mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b"}, Register: func(n *gridtest.Node) error {
		return revisions["v1"].register(n.Manager())
	}})
	if err := mesh.WaitConnected(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn = mesh.Connection("a", "b")
	client, item := v1.NewShopClient(conn), strings.Repeat("tea", 200)
	used, into := &v1.Order{Item: item, Count: 3}, v1.NewReceipt()
	check := func(r *v1.Receipt, err error) error {
		if err == nil && (r.Item != item || r.Count != 3) {
			err = fmt.Errorf("the receipt is %+v", r)
		}
		return err
	}
	return conn, map[string]func() error{
		"stub": func() error {
			return check(client.Buy(context.Background(), &v1.Order{Item: item, Count: 3}))
		},
		"by hand": func() error {
			return check(buyByHand.Call(context.Background(), conn, &v1.Order{Item: item, Count: 3}))
		},
		"into": func() error {
			return check(into, buyByHand.CallInto(context.Background(), conn, used, into))
		},
	}
}

// A call by a stub allocates the request at the server and the response at both
// ends, a string in two of these, and the context of the handler; both ends are
// counted. The request that is sent stays on the stack, which it cannot if Call is
// given it. CallInto makes neither that nor the response at the caller. Whatever
// else goes on can only add to that, so the least counts.
func TestAllocationsOfATypedCall(t *testing.T) {
	if trial.RaceDetector {
		t.Skip("with the race detector pools forget at random")
	}
	_, callers := newShop(t)
	for name, want := range map[string]float64{"stub": 6, "by hand": 7, "into": 5} {
		call, got := callers[name], math.Inf(1)
		for try := 0; try < 100 && got > want; try++ {
			got = min(got, testing.AllocsPerRun(100, func() {
				if err := call(); err != nil {
					t.Fatal(err)
				}
			}))
		}
		if got != want {
			t.Errorf("%s: %v allocations a call, not %v", name, got, want)
		}
	}
}

// BenchmarkTypedCall shows what it is worth that stubs encode their requests, and
// that a response is used again.
func BenchmarkTypedCall(b *testing.B) {
	_, callers := newShop(b)
	for _, name := range []string{"stub", "by hand", "into"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := callers[name](); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A request that cannot be encoded is not sent, whoever encodes it, and whether or
// not there is anybody to send it to: no interceptor hears of it.
func TestUnencodableRequestsAreNotSent(t *testing.T) {
	bad := &storage.ReadVersionRequest{Path: strings.Repeat("x", 4<<10+1)}
	byHand := grid.NewSingleHandler(12, storage.NewReadVersionRequest, storage.NewFileInfo)
	opens := grid.NewStreamingHandler(12, storage.NewReadVersionRequest, grid.NewNoPayload, grid.NewNoPayload)
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Configure: func(_ *trial.World, _ string, o *grid.Options) {
			o.ClientInterceptors = []grid.Interceptor{{
				Call: func(context.Context, *grid.HandlerInfo, []byte, grid.CallFunc) ([]byte, error) {
					t.Error("an interceptor saw the call")
					return nil, nil
				},
				Stream: func(context.Context, *grid.HandlerInfo, []byte, grid.StreamFunc) error {
					t.Error("an interceptor saw the stream")
					return nil
				},
			}}
		}})
		for _, conn := range []*grid.Connection{w.Conn, nil} {
			_, stub := storage.NewStorageClient(conn, "disk").ReadVersion(t.Context(), bad)
			_, hand := byHand.Call(t.Context(), conn, bad)
			_, stream := opens.OpenPending(t.Context(), conn, bad)
			for name, err := range map[string]error{"stub": stub, "by hand": hand, "stream": stream} {
				if !errors.Is(err, grid.ErrInvalidArgument) || grid.OutcomeOf(err) != grid.NotSent ||
					!strings.Contains(err.Error(), "the request breaks a rule of its schema: storage.ReadVersionRequest.path: over the limit: 4097 bytes, at most 4096") {
					t.Errorf("%s: %v, outcome %v", name, err, grid.OutcomeOf(err))
				}
			}
		}
	})
}

// A stub's call to nobody fails as any other does.
func TestStubOfNobody(t *testing.T) {
	_, stub := v1.NewShopClient((*grid.Connection)(nil)).Buy(t.Context(), &v1.Order{})
	_, hand := buyByHand.Call(t.Context(), (*grid.Connection)(nil), &v1.Order{})
	if stub == nil || hand == nil || stub.Error() != hand.Error() || grid.OutcomeOf(stub) != grid.NotSent {
		t.Errorf("stub: %v; by hand: %v", stub, hand)
	}
}

// unencodable is a message that looks where it is to be written, and refuses.
type unencodable struct{ seen map[*byte]bool }

func newUnencodable() *unencodable { return &unencodable{map[*byte]bool{}} }

func (m *unencodable) MarshalMsg(b []byte) ([]byte, error) {
	m.seen[unsafe.SliceData(b)] = true // which keeps it: no two buffers have the same place
	return b, errors.New("no")
}

func (*unencodable) UnmarshalMsg(b []byte) ([]byte, error) { return b, nil }

func (*unencodable) Msgsize() int { return 1 << 20 }

// The buffer of a request that cannot be encoded serves the next one.
func TestUnencodableRequestsGiveTheirBufferBack(t *testing.T) {
	conn, _ := newShop(t)
	const tries = 100
	h := grid.NewSingleHandler(1, newUnencodable, newUnencodable)
	stream := grid.NewStreamingHandler(1, newUnencodable, grid.NewNoPayload, grid.NewNoPayload)
	for name, try := range map[string]func(m *unencodable) error{
		"call":   func(m *unencodable) error { _, err := h.Call(t.Context(), conn, m); return err },
		"stream": func(m *unencodable) error { _, err := stream.OpenPending(t.Context(), conn, m); return err },
	} {
		m := newUnencodable()
		for range tries {
			if err := try(m); grid.OutcomeOf(err) != grid.NotSent {
				t.Fatal(name, err)
			}
		}
		if n := len(m.seen); n == tries { // pools may forget some
			t.Errorf("%s: each of %d requests had a buffer of its own", name, n)
		}
	}
}
