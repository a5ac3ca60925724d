package bench_test

import (
	"context"
	"testing"
	"time"
)

// BenchmarkDeadline is a call whose deadline the Manager's clock watches, and one
// with a context that has a timer of its own.
func BenchmarkDeadline(b *testing.B) {
	c, m := echoPair(b)
	payload := make([]byte, 512)
	request := func(ctx context.Context) error {
		reply, err := c.Request(ctx, 1, payload)
		m.PutByteBuffer(reply)
		return err
	}
	b.Run("clock", func(b *testing.B) {
		b.ReportAllocs()
		callEach(b, 256, func() error { return request(context.Background()) })
	})
	b.Run("context", func(b *testing.B) {
		b.ReportAllocs()
		callEach(b, 256, func() error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			return request(ctx)
		})
	})
}
