package bench_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// BenchmarkStreamDown is a stream of messages from the handler to the client.
func BenchmarkStreamDown(b *testing.B) {
	for _, size := range []int{512, 64 << 10} {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			nodes := trial.Cluster(b, 2, nil)
			down := grid.NewStreamingHandler(2, grid.NewNoPayload, grid.NewNoPayload, grid.NewBytes, grid.WithCapacity(0, 256))
			msg := grid.NewBytesWith(make([]byte, size))
			err := nodes[1].Register(down.Handle(func(_ context.Context, _ *grid.NoPayload, _ *grid.Receiver[*grid.NoPayload], out *grid.Sender[*grid.Bytes]) error {
				for {
					if err := out.Send(msg); err != nil {
						return err
					}
				}
			}))
			if err != nil {
				b.Fatal(err)
			}
			c := nodes[0].Connection("node1")
			st := openWhenReady(b, c, down)
			defer st.Close()
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := st.Recv(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// openWhenReady opens a stream as soon as its handler is known at the peer.
func openWhenReady(b *testing.B, c *grid.Connection, h *grid.StreamingHandler[*grid.NoPayload, *grid.NoPayload, *grid.Bytes]) *grid.Receiver[*grid.Bytes] {
	if err := c.WaitConnected(context.Background()); err != nil {
		b.Fatal(err)
	}
	for {
		st, err := h.OpenReceiver(context.Background(), c, &grid.NoPayload{})
		if err == nil {
			return st
		}
	}
}

// BenchmarkTCPDown is the base for BenchmarkStreamDown: the same bytes, written
// and read in buffers of 64 KiB.
func BenchmarkTCPDown(b *testing.B) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer ln.Close()
	go func() {
		c, err := ln.Accept()
		for buf := make([]byte, 64<<10); err == nil; {
			_, err = c.Write(buf)
		}
	}()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	buf := make([]byte, 64<<10)
	b.SetBytes(int64(len(buf)))
	for b.Loop() {
		if _, err := io.ReadFull(c, buf); err != nil {
			b.Fatal(err)
		}
	}
}
