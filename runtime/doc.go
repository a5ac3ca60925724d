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
// Each is proved by the tests that name it.
//
//   - P1: a call has exactly one outcome, no later than its deadline and 100 ms.
//   - P2: a handler runs once or not at all for each call. The runtime never sends
//     a call again by itself, unless the handler is declared idempotent; then the
//     stub makes a new call within the same deadline.
//   - P3: an error says whether the handler may have run: [NotSent], [Rejected],
//     [MayHaveRun], [Ran].
//   - P4: the messages of a stream arrive in order, without gap or duplicate, or
//     there is an error on each side that has not ended. io.EOF means that the
//     other side ended well.
//   - P5: a slow or dead peer, stream or handler delays nobody else.
//   - P6: memory is bounded by [Limits], whatever a peer does.
//   - P7: there is one session for each pair once the network is calm.
//   - P8: a dead peer is noticed within two pings and a write timeout.
//   - P9: cancel reaches the handler, whose slot is freed when it returns.
//   - P10: [Manager.Shutdown] asks peers for no new work, finishes what has started
//     and refuses the rest as not sent.
//   - P11: no decision needs two clocks to agree: deadlines travel as durations.
//   - P12: no bytes from a peer, before or after authentication, end the process.
//   - P13: builds from different revisions of a .grid file work together where the
//     revisions are compatible, and fail with a readable reason where they are not.
//
// # The walk of a call
//
// A generated method calls [SingleHandler.Call]. request.go finds the session and
// the route, call.go takes a slot and queues the request, flush.go decides who
// writes, batch.go makes a batch of what is queued, frame_message.go the bytes,
// ws.go the WebSocket frame. At the peer, session_read.go takes the batch apart,
// dispatch.go admits the call and runs the handler, on the reader if it is short
// (role.go), and the answer comes back the same way to call_reply.go, which
// completes the call exactly once. PROTOCOL.md describes what is on the wire.
package grid
