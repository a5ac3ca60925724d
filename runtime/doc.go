// Package grid is the runtime of gridc: calls and streams between servers that
// know each other. Each pair of servers shares one WebSocket, and either end
// calls the other over it. Import it as
//
//	import grid "github.com/gridrpc/gridc/runtime"
//
// A node is one server, known by its name; its [Manager] has its handlers and
// its connections. A peer is another node; a [Connection] is the lasting handle
// to one. A session is one live WebSocket: sessions come and go under a
// Connection. A call is one request with one answer; a stream carries messages,
// in either direction or in both. Client and server are the two ends of a call,
// dialer and acceptor the two ends of a socket; a node is all four.
//
// Begin with the example of [NewManager]. In the repository, docs/guide.md leads
// on from there, and docs/promises.md says what you can rely on.
//
// # For everybody
//
//   - A node: [NewManager], [Manager], [Options], [Peer], [Limits], [DefaultLimits]; a tool
//     with a name for each run: [UniqueName]
//   - Who may connect: [SharedKey], [SharedKeys], [TLSIdentity], [Token], [SameToken],
//     [InsecureNoAuth], or an [Authenticator] of your own, with [AuthInfo] and [Role]
//   - Guests, as pages in browsers: [GuestOptions], [GuestPath], [DefaultGuestLimits]
//   - Peers that come and go: [Resolver], [DNSResolver], [StaticResolver], [DialProxy]
//   - One peer: [Connection], [State], [Phase], [Stats]
//   - Many peers: [Group], with [Answer], [First], [Quorum], [Collect]; any one of them by a
//     [Policy], see package pick
//   - The context of a call, at the caller: [WaitForReady], [WithMetadata], [OutgoingMetadata],
//     [WithTrailer] and [Trailer]
//   - The context of a handler: [GetCaller], [GetCallerInfo], [CallerInfo], [GetSubroute],
//     [GetMetadata], [SetTrailer], [SentTrailer], [Draining], [Cause]
//   - Errors: [Error], [Code], [Outcome], [OutcomeOf], [IsRemote], [NewError], and a
//     sentinel for each code, as [ErrDisconnected], for errors.Is
//   - Both ends of a stream: [Sender], [Receiver], [Duplex], [Upload], [AnsweredUpload], [Pending]
//   - Around calls: [Interceptor], with [HandlerInfo], [CallFunc], [StreamFunc], changes
//     calls, and trailers by [PassTrailer]. [Observer], with [CallInfo], [CallEnd], [SessionEvent],
//     [SessionChange], is told of them; both see what a schema says of a handler, [AnnotationOf]
//   - To look into a node: [Snapshot], [Health], and package debug
//
// # Bytes by hand
//
// Without a .grid file, payloads are bytes: [Manager.RegisterSingleHandler] and
// [Manager.RegisterStreamingHandler], with [StreamHandler], serve them; a [Caller], which a
// Connection is, calls them, with [Stream] and [Response]. [Manager.GetByteBuffer] has
// buffers. [PeerHandler] is for tools that call what they were not built for.
//
// # Generated code
//
// gridc writes this for you; you can write it by hand, too, for types with msgp's methods
// ([Message]).
//
//   - Handlers, described once for both ends, each with its [HandlerID]: [NewSingleHandler]
//     makes a [SingleHandler], [NewStreamingHandler] a [StreamingHandler], with channels
//     [TypedStream] and [TypedResponse]; their Handle makes a [Registration]
//   - Their options, [HandlerOption]: [WithName], [WithTimeout], [WithPriority] and
//     [Priority], [WithIdempotent], [WithOwnGoroutine], [WithReuse], [WithErrors],
//     [WithCapacity], [WithSchema], [WithAnnotations]
//   - Their errors: [ErrorType], [ErrorOf], [TypedError], [NewUnimplemented]
//   - Ready-made messages: [NoPayload], [Bytes], [MSS], [URLValues], [JSON], [Array], each
//     with its New functions; [UUID]
package grid
