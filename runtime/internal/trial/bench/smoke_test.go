package bench_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// BenchmarkEcho is a call of 512 bytes with 1, 16 and 256 callers.
func BenchmarkEcho(b *testing.B) {
	nodes := trial.Cluster(b, 2, nil)
	for _, x := range nodes {
		x.RegisterSingleHandler(1, func(ctx context.Context, p []byte) ([]byte, error) { return p, nil })
	}
	time.Sleep(300 * time.Millisecond)
	c := nodes[0].Connection("node1")
	if err := c.WaitConnected(context.Background()); err != nil {
		b.Fatal(err)
	}
	payload := make([]byte, 512)
	for _, par := range []int{1, 16, 256} {
		b.Run(fmt.Sprint(par), func(b *testing.B) {
			b.ReportAllocs()
			var wg sync.WaitGroup
			for range par {
				wg.Go(func() {
					for range b.N / par {
						r, err := c.Request(context.Background(), 1, payload)
						if err != nil {
							b.Error(err)
							return
						}
						nodes[0].PutByteBuffer(r)
					}
				})
			}
			wg.Wait()
		})
	}
}
