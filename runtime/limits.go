package grid

import (
	"fmt"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/mux/out"
	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// Limits are all limits of a Manager. Sizes are in bytes. A field that is zero takes its
// default, with which its comment begins.
type Limits struct {
	Message     int // 32 MiB: largest payload of a call or stream message
	Hello       int // 4 KiB: largest hello of a handshake
	SchemaTable int // 1 MiB: largest table of routes and shapes that a peer may announce

	Handshake    time.Duration // 5 s: from the upgrade to the welcome, absolute
	PingInterval time.Duration // 10 s: silence after which a peer is pinged
	PongTimeout  time.Duration // 10 s: further silence after which the session ends
	WriteStall   time.Duration // 10 s: a write without progress for so long ends the session
	BackoffMin   time.Duration // 100 ms: first pause between dial attempts
	BackoffMax   time.Duration // 15 s: longest pause
	CallTimeout  time.Duration // 60 s: deadline of a call where nothing else says; streams have none

	RunningCalls      int // 1,024: handlers of calls at a time, each session
	RunningCallsTotal int // 16,384: the same over the whole Manager
	OpenStreams       int // 16,384: each session, each direction

	BulkWindow      int // 512 KiB: bytes of chunks in flight at first, each session and direction
	BulkWindowMax   int // 8 MiB: the same on a link that is long and fast
	Unread          int // 32 MiB: bytes that stream readers have not taken yet, each session
	Reassembly      int // 64 MiB: bytes of messages being put together, each session
	SendQueue       int // 4 MiB: bytes waiting to be written, each session
	OwedAnswers     int // 1,024: control frames that answer the peer and wait to be written, each session
	StreamWindowMin int // 64 KiB: bytes that a stream may hold unread at first
	StreamWindowMax int // 512 KiB: the same for a reader that keeps up

	Unauthenticated           int // 128: sockets before the end of their handshake
	UnauthenticatedPerAddress int // 16: the same from one address
}

// DefaultLimits returns the defaults.
func DefaultLimits() Limits {
	return Limits{
		Message: 32 << 20, Hello: 4 << 10, SchemaTable: 1 << 20,
		Handshake: 5 * time.Second, PingInterval: 10 * time.Second, PongTimeout: 10 * time.Second,
		WriteStall: 10 * time.Second, BackoffMin: 100 * time.Millisecond, BackoffMax: 15 * time.Second,
		CallTimeout:  60 * time.Second,
		RunningCalls: 1024, RunningCallsTotal: 16384, OpenStreams: 16384,
		BulkWindow: 512 << 10, BulkWindowMax: 8 << 20, Unread: 32 << 20, Reassembly: 64 << 20, SendQueue: 4 << 20, OwedAnswers: 1024,
		StreamWindowMin: 64 << 10, StreamWindowMax: 512 << 10,
		Unauthenticated: 128, UnauthenticatedPerAddress: 16,
	}
}

// fill replaces every zero field of v by the one of d.
func fill[T int | time.Duration](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

// withDefaults returns l with its zero fields filled in.
func (l Limits) withDefaults() Limits { return l.or(DefaultLimits()) }

// or returns l with its zero fields taken from d.
func (l Limits) or(d Limits) Limits {
	for i, p := range l.ints() {
		fill(p, *d.ints()[i])
	}
	for i, p := range l.durations() {
		fill(p, *d.durations()[i])
	}
	return l
}

func (l *Limits) ints() []*int {
	return []*int{&l.Message, &l.Hello, &l.SchemaTable, &l.RunningCalls, &l.RunningCallsTotal, &l.OpenStreams,
		&l.BulkWindow, &l.BulkWindowMax, &l.Unread, &l.Reassembly, &l.SendQueue, &l.OwedAnswers, &l.StreamWindowMin, &l.StreamWindowMax,
		&l.Unauthenticated, &l.UnauthenticatedPerAddress}
}

func (l *Limits) durations() []*time.Duration {
	return []*time.Duration{&l.Handshake, &l.PingInterval, &l.PongTimeout, &l.WriteStall, &l.BackoffMin, &l.BackoffMax, &l.CallTimeout}
}

// The least that a node can work with.
const (
	minHello     = 1 << 10
	minSendQueue = 3 << 10
)

// check returns what is wrong with limits that are called of in its errors.
func (l *Limits) check(of string) []error {
	var faults []error
	wrong := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf(of+format, args...))
	}
	for _, p := range l.ints() {
		if *p < 0 {
			wrong(": %d is negative", *p)
		}
	}
	for _, p := range l.durations() {
		if *p < 0 {
			wrong(": %v is negative", *p)
		}
	}
	full := l.withDefaults()
	for name, d := range map[string]time.Duration{"PingInterval": full.PingInterval, "PongTimeout": full.PongTimeout, "WriteStall": full.WriteStall} {
		if d < time.Millisecond {
			wrong(".%s: %v is less than a millisecond", name, d)
		}
	}
	if full.Hello < minHello {
		wrong(".Hello: %d does not hold a hello, which may need %d", full.Hello, minHello)
	}
	if full.SendQueue < minSendQueue {
		wrong(".SendQueue: %d is less than %d, one small frame a lane", full.SendQueue, minSendQueue)
	}
	if full.SendQueue > streams.MaxSendQueue {
		wrong(".SendQueue: %d is more than %d", full.SendQueue, streams.MaxSendQueue)
	}
	if full.BulkWindow < wire.MinBulk {
		wrong(".BulkWindow: %d is less than %d, the least that a peer accepts", full.BulkWindow, wire.MinBulk)
	}
	if full.BulkWindowMax < full.BulkWindow || full.BulkWindowMax > out.MaxBulkCredit {
		wrong(".BulkWindowMax: %d is not between BulkWindow %d and %d", full.BulkWindowMax, full.BulkWindow, out.MaxBulkCredit)
	}
	if full.Reassembly < full.Message {
		wrong(".Reassembly: %d does not hold one message of %d", full.Reassembly, full.Message)
	}
	if full.StreamWindowMax < full.StreamWindowMin {
		wrong(".StreamWindowMax: %d is less than StreamWindowMin %d", full.StreamWindowMax, full.StreamWindowMin)
	}
	if full.StreamWindowMax > streams.MaxStreamWindow {
		wrong(".StreamWindowMax: %d is more than %d", full.StreamWindowMax, streams.MaxStreamWindow)
	}
	if full.BackoffMax < full.BackoffMin {
		wrong(".BackoffMax: %v is less than BackoffMin %v", full.BackoffMax, full.BackoffMin)
	}
	return faults
}
