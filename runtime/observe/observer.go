package observe

import (
	"context"
	"time"

	"github.com/gridrpc/gridc/runtime/status"
)

// Observer is told of the calls and streams of a node, at both ends of them, and of
// its sessions: tracing, metrics and audit logs are observers. It sees no payload and
// changes no outcome, so that the runtime may reuse and lend buffers as it does without
// one. What is to change a call, refuse it or look into it is an Interceptor.
//
// The methods are called on the path of calls, concurrently, by any goroutine: they
// should be quick, and must not block. One that panics or ends its goroutine is logged,
// and harms nobody but the call that it was told of.
type Observer interface {
	// Begin is called when a call or stream begins: at the client before its
	// interceptors, at the server before the interceptors of an admitted one. It returns
	// ctx, or a context derived from it, which goes on to what follows: at the client
	// WithMetadata adds to what travels, at the server GetMetadata reads it. Nil counts
	// as ctx. It is called as well for what a server refuses: unknown handlers, too many
	// calls, deadlines that passed in a queue. For these the context is of no further
	// use.
	Begin(ctx context.Context, call *CallInfo) context.Context
	// End is called exactly once for each Begin, however it ended: panics, Goexit and
	// lost sessions included. ctx is what the last observer's Begin has returned. At the
	// client the caller has its outcome right afterwards; the end of a stream is told
	// when it arrives or is caused, on a goroutine of its own. At the server the handler
	// has returned, and the answer is on its way right afterwards. The CallInfo is
	// another one than that of Begin where only the end knew the session.
	End(ctx context.Context, call *CallInfo, end CallEnd)
	// Session is called for what becomes of sessions, one event after the other, on a
	// goroutine of its own. Those of the node with itself are left out.
	Session(event SessionEvent)
}

// RequestObserver is an Observer that is shown what handlers are asked for, as an access log
// is. It is called at the server, between Begin and the handler, once for each call or
// stream of a typed handler whose request or payload could be decoded, also if a rule
// refuses it then. ctx comes from the one that Begin has returned. request must neither be
// changed nor kept: the handler gets it next.
type RequestObserver interface {
	Observer
	Request(ctx context.Context, request any)
}

// CallInfo describes the call or stream that an Observer is told about. It is shared by
// many calls and does not change: it may be kept, and must not be changed.
type CallInfo struct {
	ID       status.HandlerID // 0: a number that no handler has here
	Name     string           // "package.Service.Method", or ""
	Subroute string           // its parts joined with "/", or ""
	Server   bool             // the handler runs here; else the call was made here
	Stream   bool
	Peer     string // the other node: the caller at the server, the callee at the client

	// The session that carries the call: its number, as in State.Session, and the
	// addresses of its socket. Zero at the Begin of a client that is not connected.
	Session       uint64
	Local, Remote string

	// Annotations are those of the schema's own, as values of their generated structs;
	// see grid.AnnotationOf. They must not be changed.
	Annotations []any

	// Timeout is what the handler's options and the Limits give a call of the client.
	// Its deadline is the earlier one of that and of the context's. At the server the
	// context has the deadline. 0: none.
	Timeout time.Duration
}

// CallEnd is how a call or stream ended.
type CallEnd struct {
	Code    status.Code    // "" for a good end
	Outcome status.Outcome // whether the handler has run: Ran for a good end
	// Err is nil for a good end. At the client it is what the caller gets. At the server
	// it is what the handler, or an interceptor, has returned, of which the caller may
	// be told less.
	Err error

	Took     time.Duration // client: the whole call; server: the handler, without Queued
	Queued   time.Duration // server: from its arrival until the handler could begin
	Attempts int           // client: how often it was handed to a session; server: 1 if it was admitted, else 0

	// Bytes of payloads, as encoded, and messages of streams besides the payload that
	// begins them.
	BytesSent, BytesReceived       uint64
	MessagesSent, MessagesReceived uint64
}
