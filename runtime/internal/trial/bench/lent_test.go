package bench_test

import (
	"context"
	"fmt"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// flatItem is an item that cannot lend its bytes.
type flatItem struct{ v item }

func (f *flatItem) DecodeGrid(d *codec.Decoder)           { f.v.DecodeGrid(d) }
func (f *flatItem) Msgsize() int                          { return f.v.Msgsize() }
func (f *flatItem) MarshalMsg(b []byte) ([]byte, error)   { return f.v.MarshalMsg(b) }
func (f *flatItem) UnmarshalMsg(b []byte) ([]byte, error) { return f.v.UnmarshalMsg(b) }

// BenchmarkLent echoes messages whose bytes are sent from where they are, or are
// copied when the message is encoded.
func BenchmarkLent(b *testing.B) {
	for _, c := range []struct{ size, inFlight int }{{1 << 20, 16}, {16 << 20, 2}} {
		name := fmt.Sprintf("size=%d/inflight=%d", c.size, c.inFlight)
		data := make([]byte, c.size)
		b.Run("lent/"+name, func(b *testing.B) {
			echoEach(b, c.inFlight, c.size, func() *item { return new(item) }, &item{data})
		})
		b.Run("copied/"+name, func(b *testing.B) {
			echoEach(b, c.inFlight, c.size, func() *flatItem { return new(flatItem) }, &flatItem{item{data}})
		})
	}
}

func echoEach[T grid.Message](b *testing.B, inFlight, size int, empty func() T, msg T) {
	nodes := trial.Cluster(b, 2, nil)
	echo := grid.NewSingleHandler(2, empty, empty)
	if err := echo.Register(nodes[1], func(_ context.Context, req T) (T, error) { return req, nil }); err != nil {
		b.Fatal(err)
	}
	c := nodes[0].Connection("node1")
	if err := c.WaitConnected(context.Background()); err != nil {
		b.Fatal(err)
	}
	for {
		if _, err := echo.Call(context.Background(), c, msg); err == nil {
			break // the handler is known there
		}
	}
	b.SetBytes(int64(size))
	callEach(b, inFlight, func() error {
		_, err := echo.Call(context.Background(), c, msg)
		return err
	})
}
