// Package grid is the runtime of gridc: calls and streams between servers that know each
// other. Each pair of servers shares one WebSocket, and both ends call over it.
//
//	import grid "github.com/gridrpc/gridc/runtime"
//
//	m, err := grid.NewManager(grid.Options{
//		Name:     "node1",
//		Peers:    []grid.Peer{{Name: "node2", Address: "10.0.0.2:9000"}},
//		Auth:     grid.SharedKey(key), // 16 bytes or more, the same on all nodes
//		Register: func(m *grid.Manager) error { return lock.RegisterLock(m, &locks{}) },
//	})
//	http.Handle(grid.DefaultPath, m.Handler()) // peers dial this node here
//
//	c := lock.NewLockClient(m.Connection("node2")) // generated from a .grid file
//	err = c.Acquire(grid.WaitForReady(ctx), &lock.LockRequest{Name: "disk1"})
//
//	err = m.Shutdown(ctx) // graceful; then close the http.Server
//
// The example of [NewManager] is a whole program. In the repository, docs/guide.md explains
// the runtime in chapters, and docs/promises.md says what you can rely on.
//
// A node is one server, known by its name. Its [Manager] has its handlers and its
// connections. A peer is another node; a [Connection] is the lasting handle to a peer. A
// session is one live WebSocket: sessions come and go under a Connection. A call is one
// request with one response; a stream carries messages in one direction or in both. Client
// and server are the two ends of a call, dialer and acceptor the two ends of a socket. A
// node is all four.
//
// # For everybody
//
//   - A node: [NewManager], [Manager], [Options], [Peer], [Limits], [DefaultLimits]; a tool
//     with a name for each run: [UniqueName]
//   - Authentication: [SharedKey], [SharedKeys], [TLSIdentity], [Token], [SameToken],
//     [InsecureNoAuth], or an [Authenticator] of your own, with [AuthInfo] and [Role]
//   - Guests, such as pages in browsers: [GuestOptions], [GuestPath], [DefaultGuestLimits]
//   - Membership: [Resolver], [DNSResolver], [StaticResolver]; a proxy: [DialProxy]
//   - One peer: [Connection], [State], [Phase], [Stats]
//   - Many peers: [Group], with [Answer], [First], [Quorum], [Collect]; any one of them, by a
//     [Policy]: see package pick
//   - The context of a call, in the client: [WaitForReady], [WithMetadata], [OutgoingMetadata],
//     [WithTrailer] and [Trailer]
//   - The context of a handler: [GetCaller], [GetCallerInfo], [CallerInfo], [GetSubroute],
//     [GetMetadata], [SetTrailer], [SentTrailer], [Draining], [Cause]
//   - Errors: [Error], [Code], [Outcome], [OutcomeOf], [IsRemote], [NewError], and for each
//     code a sentinel for errors.Is, such as [ErrDisconnected]
//   - Both ends of a stream: [Sender], [Receiver], [Duplex], [Upload], [AnsweredUpload], [Pending]
//   - An [Interceptor] changes calls, with [HandlerInfo], [CallFunc], [StreamFunc] and
//     [PassTrailer]. An [Observer] is told about them, with [CallInfo], [CallEnd], [SessionEvent] and
//     [SessionChange]. Both see the annotations of a handler: [AnnotationOf]
//   - Rules of a node for the requests that it serves: [Check], made by [CheckOf]
//   - Monitoring: [Snapshot], [Health], [AccessLog], and package debug
//
// # Calls without a .grid file
//
// Payloads are then bytes. [Manager.RegisterSingleHandler] and
// [Manager.RegisterStreamingHandler], with [StreamHandler], serve them. A [Caller], which a
// Connection is, calls them, with [Stream] and [Response]. [Manager.GetByteBuffer] returns
// pooled buffers. [PeerHandler] is for tools that call services they were not built for.
//
// # Generated code
//
// gridc writes code that uses the following. You can write it by hand, for types with the
// methods of msgp ([Message]).
//
//   - Handlers, described once for both ends, each with its [HandlerID]: [NewSingleHandler]
//     makes a [SingleHandler], [NewStreamingHandler] a [StreamingHandler], with channels
//     [TypedStream] and [TypedResponse]; their Handle method makes a [Registration]
//   - Options of a handler, [HandlerOption]: [WithName], [WithTimeout], [WithPriority] and
//     [Priority], [WithIdempotent], [WithOwnGoroutine], [WithReuse], [WithErrors],
//     [WithCapacity], [WithSchema], [WithAnnotations], [WithRules]
//   - Declared errors: [ErrorType], [ErrorOf], [TypedError], [NewUnimplemented]
//   - Ready-made messages: [NoPayload], [Bytes], [MSS], [URLValues], [JSON], [Array], each
//     with its New functions; [UUID]
package grid
