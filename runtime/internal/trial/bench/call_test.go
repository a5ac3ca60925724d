package bench_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// BenchmarkTCP is the base that the others are compared with: 512 bytes there
// and back over one loopback connection, one at a time.
func BenchmarkTCP(b *testing.B) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer ln.Close()
	go func() {
		c, err := ln.Accept()
		if err == nil {
			_, _ = io.Copy(c, c)
		}
	}()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	buf := make([]byte, 512)
	for b.Loop() {
		if _, err := c.Write(buf); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(c, buf); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCall is a call of 512 bytes on one connection, with 1, 16 and 256 in
// flight.
func BenchmarkCall(b *testing.B) {
	c, m := echoPair(b)
	payload := make([]byte, 512)
	for _, inFlight := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("inflight=%d", inFlight), func(b *testing.B) {
			b.ReportAllocs()
			callEach(b, inFlight, func() error {
				reply, err := c.Request(context.Background(), 1, payload)
				m.PutByteBuffer(reply)
				return err
			})
		})
	}
}

// callEach makes b.N calls from n goroutines.
func callEach(b *testing.B, n int, call func() error) {
	var wg sync.WaitGroup
	for i := range n {
		calls := b.N / n
		if i < b.N%n {
			calls++
		}
		wg.Go(func() {
			for range calls {
				if err := call(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// echoPair returns a connection to a node that echoes on handler 1, and the Manager that
// it is of.
func echoPair(b *testing.B) (*grid.Connection, *grid.Manager) {
	nodes := trial.Cluster(b, 2, nil)
	for _, x := range nodes {
		if err := x.RegisterSingleHandler(1, func(_ context.Context, p []byte) ([]byte, error) { return p, nil }); err != nil {
			b.Fatal(err)
		}
	}
	c := nodes[0].Connection("node1")
	if err := c.WaitConnected(context.Background()); err != nil {
		b.Fatal(err)
	}
	for { // the handler may have been registered after the session began
		if _, err := c.Request(context.Background(), 1, nil); err == nil {
			return c, nodes[0]
		}
	}
}
