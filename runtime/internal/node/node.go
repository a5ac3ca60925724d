package node

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
)

// Node is what one Manager lends to everything below it: time, memory, goroutines,
// its log and its bounds. Nothing here knows of sessions, calls or streams.
type Node struct {
	Limits     Limits
	Log        *slog.Logger
	Buffers    bufs.Pool
	Clock      Clock
	Watch      watch
	LogQueue   LogQueue
	Running    Budget // calls served, of all sessions but those of guests
	Goroutines Goroutines
	Deliveries deliveries
	foreign    foreignCalls
	Measured   atomic.Bool // somebody looks at what becomes of calls: they are counted
	Starts     chan func() // see Afresh

	Closed  chan struct{}      // closed when everything is over
	Closing context.Context    // ends when Shutdown has drained, or has given up
	Cancel  context.CancelFunc // ends Closing
}

// Limits has the fields of Limits of package grid, in the same order, so that the one type
// converts to the other. Package grid, which this package cannot import, documents them.
type Limits struct {
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

// Liveness is how often sessions with these limits must be looked at.
func (l *Limits) Liveness() time.Duration {
	return min(l.PingInterval, l.PongTimeout, l.WriteStall) / 4
}
