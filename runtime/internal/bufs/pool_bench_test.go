package bufs_test

import (
	"fmt"
	"testing"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
)

// BenchmarkPool gets a buffer, touches each page and gives it back, or makes one.
func BenchmarkPool(b *testing.B) {
	touch := func(buf []byte) {
		for i := 0; i < len(buf); i += 4096 {
			buf[i] = 1
		}
	}
	for _, size := range []int{512, 64 << 10, 16 << 20} {
		b.Run(fmt.Sprintf("pool/size=%d", size), func(b *testing.B) {
			var p bufs.Pool
			for b.Loop() {
				buf := p.Get(size)
				touch(buf[:size])
				p.Put(buf)
			}
		})
		b.Run(fmt.Sprintf("make/size=%d", size), func(b *testing.B) {
			for b.Loop() {
				kept = make([]byte, size)
				touch(kept)
			}
		})
	}
}

var kept []byte // so that the compiler does not put it on the stack
