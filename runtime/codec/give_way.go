package codec

import (
	"runtime"

	"github.com/gridrpc/gridc/runtime/internal/recycle"
)

// giveWay is how many bytes are copied before other goroutines get their turn. A
// copy cannot be interrupted: one of 16 MiB holds a processor for 3 ms, and whoever
// waits for it as long. Measured with calls of 512 B beside two of 16 MiB on two
// processors (bench, cell beside/512B/2pump).
const giveWay = 128 << 10

// appendSlowly appends like append, for bytes that are many.
func appendSlowly(to, b []byte) []byte {
	if cap(to)-len(to) < len(b) {
		// A copy: of what is encoded already, where Msgsize has said too little.
		to = append(longBytes(len(to) + len(b))[:0], to...)
	}
	for len(b) > giveWay {
		to = append(to, b[:giveWay]...)
		b = b[giveWay:]
		runtime.Gosched()
	}
	return append(to, b...)
}

// longBytes makes bytes of a message, which may be long. Their contents are undefined.
func longBytes(n int) []byte {
	if n < recycle.From {
		return make([]byte, n)
	}
	b := recycle.Make(n)
	recycle.Lend(b)
	return b
}
