package grid

import (
	"context"
	"log/slog"
	"time"
)

// node is what one Manager lends to everything below it: time, memory, goroutines,
// its log and its bounds. Nothing here knows of sessions, calls or streams.
type node struct {
	limits     limits
	log        *slog.Logger
	buffers    bufferPool
	clock      clock
	watch      watch
	chronicle  chronicle
	running    budget // calls served, of all sessions
	goroutines waiter
	deliveries deliveries
	starts     chan func() // see afresh

	closed  chan struct{}      // closed when everything is over
	closing context.Context    // ends when Shutdown has drained, or has given up
	cancel  context.CancelFunc // ends closing
}

// limits are Limits for those who cannot know that: field by field the same, so that
// the one converts to the other. What each means stands there.
type limits struct {
	Message                   int
	Hello                     int
	SchemaTable               int
	Handshake                 time.Duration
	PingInterval              time.Duration
	PongTimeout               time.Duration
	WriteStall                time.Duration
	BackoffMin                time.Duration
	BackoffMax                time.Duration
	CallTimeout               time.Duration
	RunningCalls              int
	RunningCallsTotal         int
	OpenStreams               int
	BulkWindow                int
	BulkWindowMax             int
	Unread                    int
	Reassembly                int
	SendQueue                 int
	OwedAnswers               int
	StreamWindowMin           int
	StreamWindowMax           int
	Unauthenticated           int
	UnauthenticatedPerAddress int
}
