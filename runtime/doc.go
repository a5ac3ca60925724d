// Package grid is the runtime of gridc: calls and streams between servers that
// know each other, over one two-way WebSocket for each pair. Import it as
//
//	import grid "github.com/gridrpc/gridc/runtime"
//
// A [Manager] is a node's hub. A peer is another node, known by name. A
// [Connection] is the lasting handle to a peer; a session, one live WebSocket,
// comes and goes under it. A call is a single request with one answer; a stream
// begins with a payload and carries messages in either direction or both. Either
// end of a connection calls the other: client and server are the two ends of a
// call, dialer and acceptor the two ends of a socket.
//
// # Promises
//
// runtime/internal/trial/promises names the tests that prove each. Those about calls and
// streams are also on trial together in internal/sim, where seeded faults befall whole
// meshes.
//
//   - P1: a call has exactly one outcome, no later than its deadline and 100 ms.
//   - P2: a handler runs once or not at all for each call. The runtime never sends a call
//     again by itself, unless the handler is declared idempotent; then the stub makes a
//     new call within the same deadline.
//   - P3: an error says whether the handler may have run: [NotSent], [Rejected],
//     [MayHaveRun], [Ran].
//   - P4: the messages of a stream arrive in order, without gap or duplicate, or there is
//     an error on each side that has not ended. io.EOF means that the other side ended
//     well. A message that could not be sent is a gap: what follows it is an error at both
//     ends.
//   - P5: a slow or dead peer, stream or handler delays nobody else.
//   - P6: memory is bounded by [Limits], whatever a peer does.
//   - P7: there is one session for each pair once the network is calm.
//   - P8: a dead peer is noticed within two pings and a write timeout.
//   - P9: cancel reaches the handler, whose slot is freed when it returns.
//   - P10: [Manager.Shutdown] asks peers for no new work and begins none itself, finishes
//     what has started, streams that the node opened included, and refuses the rest as not
//     sent or rejected, what crosses the goaway included: a planned end leaves nobody in
//     doubt.
//   - P11: no decision needs two clocks to agree: deadlines travel as durations.
//   - P12: no bytes from a peer, before or after authentication, end the process.
//   - P13: builds from different revisions of a .grid file work together where the
//     revisions are compatible, and fail with a readable reason where they are not.
//
// # Whose memory it is
//
// What is received belongs to who receives it. What is sent is not kept: it may be
// changed as soon as the call is over or Send has returned. What a handler returns
// belongs to the runtime, which may send long bytes (128 KiB or more) from where
// they are: they must not be changed afterwards. Nor must what went to a channel of
// a stream, of which nobody tells when it was sent. To use messages again is a
// choice: [SingleHandler.CallInto] decodes an answer, and [Receiver.RecvInto] a
// message of a stream, into what the caller brings, in the memory that it has. With
// [WithReuse], which is @reuse in a schema, the runtime uses requests again as well:
// then a handler must not keep its own.
//
// # Errors
//
// Every error of a call or stream is an [*Error], or has one in it. It is the same
// whichever way it is met, by a call, by Send, Recv, CloseSend, Finish or Wait, and
// whichever end noticed first: errors.Is finds the sentinel of its code, and for
// [DeadlineExceeded] and [Canceled] the error of package context; errors.As finds a
// declared error with its fields. A declared error whose fields take more than 64 KiB
// comes without them and is not found by errors.As: its message says so. A remote
// deadline_exceeded may be that of something that the handler waited for; whether the
// caller's own deadline has passed its context says. In a handler [Cause] and
// context.Cause say why its context ended.
//
// # Slips
//
// Handlers, interceptors, observers, constructors, and the methods of messages, errors,
// connections and logs, may panic, end their goroutine, or return a nil pointer as an
// error: what they were called for ends with [Internal], and with [Rejected] if the
// handler had not begun; the log has the stack, under a reference that the peer is told.
// On the goroutine of a caller, by its own call, a panic of its message, its
// interceptors or its context goes up to the caller, as with any function.
//
// What never returns keeps its own call or stream, whose other end ends by its deadline.
// An attempt to connect in which a dial function, an authenticator, Options.Accept, a
// callback of TLS or a method of a connection does not return is given up soon after
// [Limits].Handshake, with an error in the log that names it, and another is made: up to
// four for one peer may be left so, and as many handshakes of others as
// [Limits].Unauthenticated has places. What still runs when the time of a shutdown is
// over, [Manager.Shutdown] names.
//
// # To see into a node
//
// An [Observer] is told of every call and stream at both ends, exactly once of each end,
// and of sessions; metrics, tracing and audit logs are observers. An [Interceptor] is for
// what refuses calls, answers them or changes what travels. [Manager.Snapshot] has all
// that is known of a node at one moment, [Manager.Health] what probes ask for, and package
// debug shows both on a page. Latencies are always counted.
//
// # What runs where
//
// The handler of a short call runs on the goroutine that reads its session, between
// others; one that takes longer than a millisecond or two keeps that goroutine, and
// another reads on. Handlers of streams, of large requests, of those found long a
// moment ago, and those registered with [WithOwnGoroutine], have a goroutine of their
// own. Interceptors of the server run where the handler does; those of the client, and
// the methods of its messages, on the goroutine of the caller; [Interceptor.Ended] and
// what moves the messages of channel-shaped streams on goroutines of their own.
//
// Nothing that a handler does to its goroutine reaches another: a thread that it leaves
// locked (runtime.LockOSThread) ends as soon as it has returned, labels of the profiler
// and debug.SetPanicOnFault are taken back, and no handler begins with what a handler,
// a caller or whoever made the Manager had set. To know cheaply whether a goroutine is
// locked takes a word of package runtime's, read by assembly on 386, amd64 and arm64;
// elsewhere (and on Plan 9), and with the build tag purego, each short handler is the last on its
// goroutine, and its call takes a third more.
//
// # The walk of a call
//
// A generated method encodes its request with [SingleHandler.Encoder] and calls
// [SingleHandler.CallEncoded]. request.go finds the session and the route. Below it are
// packages of internal; the larger ones are parts of mux, one live session:
//
//   - mux/calls (call.go) takes a slot and queues the request
//   - mux/out decides who writes (flush.go) and makes a batch of what is queued (batch.go);
//     wire (message.go) makes the bytes of a frame, websocket (ws.go) those of a WebSocket
//     frame around the batch
//   - at the peer, websocket reads it, mux (read.go) takes the batch apart, mux/calls
//     (serve.go) admits the call and has mux/handlers (stage.go) run the handler, on the
//     reader if it is short (role.go of mux)
//   - the answer goes out the same way and comes to mux/calls (reply.go), which completes
//     the call exactly once
//
// CONTRIBUTING.md has a map of the packages, and PROTOCOL.md what is on the wire.
package grid
