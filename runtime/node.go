package grid

import (
	"context"
	"log/slog"
)

// node is what one Manager lends to everything below it: time, memory, goroutines,
// its log and its bounds. Nothing here knows of sessions, calls or streams.
type node struct {
	limits     Limits
	log        *slog.Logger
	buffers    bufferPool
	clock      clock
	watch      watch
	chronicle  chronicle
	running    budget // calls served, of all sessions
	goroutines waiter

	closed  chan struct{}      // closed when everything is over
	closing context.Context    // ends when Shutdown has drained, or has given up
	cancel  context.CancelFunc // ends closing
}
