package grid

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"
)

// Caller is what calls are made through: a *Connection, or what its Subroute
// method returns.
type Caller interface {
	// Subroute returns a Caller for the handlers registered under these names.
	Subroute(names ...string) Caller

	request(ctx context.Context, id HandlerID, o callSettings, payload []byte) ([]byte, error)
	open(ctx context.Context, id HandlerID, o callSettings, payload []byte) (*stream, error)
	buffers() *bufferPool
}

// callSettings is what is known about a call besides its payload.
type callSettings struct {
	name     string
	priority Priority
	timeout  time.Duration // 0: for calls, the Manager's default; for streams, none
	retry    bool          // a new call may be made when the connection is lost
	wait     bool          // wait until connected
	outCap   int           // streams: messages that the caller holds unread
	shape    *shapeOf      // what the caller was built with, nil without a schema
	meta     []byte
}

func (s *handlerSettings) call() callSettings {
	return callSettings{shape: s.shape, name: s.name, priority: s.priority, timeout: s.timeout, retry: s.idempotent, outCap: s.outCap}
}

type waitForReadyKey struct{}

// WaitForReady returns a context whose calls wait for a connection, until the
// deadline, instead of failing at once with ErrDisconnected.
func WaitForReady(ctx context.Context) context.Context {
	return context.WithValue(ctx, waitForReadyKey{}, true)
}

// subConnection is a Connection under a subroute.
type subConnection struct {
	c        *Connection
	subroute string
}

// Subroute returns a Caller for the handlers registered under these names, which
// are joined with "/".
func (c *Connection) Subroute(names ...string) Caller {
	return &subConnection{c: c, subroute: joinSubroute(names)}
}

func (x *subConnection) Subroute(names ...string) Caller {
	if x.subroute != "" {
		names = append([]string{x.subroute}, names...)
	}
	return &subConnection{c: x.c, subroute: joinSubroute(names)}
}

func (x *subConnection) request(ctx context.Context, id HandlerID, o callSettings, payload []byte) ([]byte, error) {
	return x.c.requestRoute(ctx, routeKey{id, x.subroute}, o, payload)
}

func (x *subConnection) open(ctx context.Context, id HandlerID, o callSettings, payload []byte) (*stream, error) {
	return x.c.openRoute(ctx, routeKey{id, x.subroute}, o, payload)
}

func (x *subConnection) buffers() *bufferPool { return x.c.buffers() }

func (c *Connection) request(ctx context.Context, id HandlerID, o callSettings, payload []byte) ([]byte, error) {
	return c.requestRoute(ctx, routeKey{id: id}, o, payload)
}

func (c *Connection) open(ctx context.Context, id HandlerID, o callSettings, payload []byte) (*stream, error) {
	return c.openRoute(ctx, routeKey{id: id}, o, payload)
}

func (c *Connection) buffers() *bufferPool {
	if c == nil {
		return &bufferPool{} // of nobody: every call fails
	}
	return &c.m.buffers
}

// requestRoute makes one call. An idempotent one is made again, as a new call
// within the same deadline, when its connection is lost; nothing else is.
func (c *Connection) requestRoute(ctx context.Context, key routeKey, o callSettings, payload []byte) ([]byte, error) {
	if c == nil {
		return nil, errNoPeer()
	}
	if len(c.m.clientInterceptors) > 0 {
		return c.intercepted(ctx, key, o, payload)
	}
	return c.requestDirect(ctx, key, &o, payload)
}

func (c *Connection) requestDirect(ctx context.Context, key routeKey, o *callSettings, payload []byte) ([]byte, error) {
	if err := c.prepare(ctx, o); err != nil {
		return nil, err
	}
	if o.timeout == 0 {
		o.timeout = c.m.limits.CallTimeout
		if deadline, ok := ctx.Deadline(); ok {
			o.timeout = time.Until(deadline) // the context says, even if it says later
		}
	}
	if o.wait {
		return c.requestUntil(ctx, time.Now().Add(o.timeout), key, o, payload, false)
	}
	began := c.m.clock.now()
	reply, err := c.requestOnce(ctx, key, o, payload)
	if err != nil && c.mayRetry(ctx, o, err) {
		o.wait = true
		left := o.timeout - time.Duration(c.m.clock.now()-began)
		return c.requestUntil(ctx, time.Now().Add(left), key, o, payload, OutcomeOf(err) == MayHaveRun)
	}
	return reply, err
}

// requestUntil makes new calls until one has an outcome that stands. doubt says
// that one before may have run. Only here does a call cost a timer.
func (c *Connection) requestUntil(ctx context.Context, deadline time.Time, key routeKey, o *callSettings, payload []byte, doubt bool) ([]byte, error) {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	for {
		reply, err := c.requestOnce(ctx, key, o, payload)
		if err == nil {
			return reply, nil
		}
		if !c.mayRetry(ctx, o, err) {
			return nil, doubtful(err, doubt)
		}
		doubt = doubt || OutcomeOf(err) == MayHaveRun
	}
}

// doubtful is the error of the last of several calls that were one for their
// caller: where one before may have run, the last cannot say that none did.
func doubtful(err error, doubt bool) error {
	var e *Error
	if doubt && errors.As(err, &e) && (e.Outcome == NotSent || e.Outcome == Rejected) {
		return e.withOutcome(MayHaveRun)
	}
	return err
}

// mayRetry reports whether a call that failed with err may be made again: one
// that may have run if it is idempotent, one that was not sent, because the
// session ended between its choice and its use, if it waits for a connection.
func (c *Connection) mayRetry(ctx context.Context, o *callSettings, err error) bool {
	var e *Error
	if !errors.As(err, &e) || e.Code != Disconnected || e.Remote || ctx.Err() != nil {
		return false
	}
	select {
	case <-c.closed:
		return false
	default:
		return o.retry && e.Outcome == MayHaveRun || o.wait && e.Outcome == NotSent
	}
}

// prepare completes the settings from the context.
func (c *Connection) prepare(ctx context.Context, o *callSettings) error {
	if h := fromContext(ctx); h != nil {
		h.yieldReader()
	}
	if err := ctx.Err(); err != nil {
		return contextError(err).withOutcome(NotSent)
	}
	meta, err := outgoingMetadata(ctx)
	if err != nil {
		return err
	}
	o.meta = meta
	if ready, _ := ctx.Value(waitForReadyKey{}).(bool); ready {
		o.wait = true
	}
	return nil
}

func (c *Connection) requestOnce(ctx context.Context, key routeKey, o *callSettings, payload []byte) ([]byte, error) {
	s, err := c.session(ctx, o.wait)
	if err != nil {
		return nil, err
	}
	r, fault := s.route(key, false, o.name)
	if fault != nil {
		return nil, fault
	}
	if fault := s.compatible(ctx, key, r, o.shape, o.name); fault != nil {
		return nil, fault
	}
	if len(payload) > s.agreed.message {
		return nil, tooLarge(len(payload), s.agreed.message)
	}
	return s.request(ctx, r, o, payload)
}

func tooLarge(size, most int) *Error {
	return &Error{Code: TooLarge, Outcome: NotSent, Message: "the request has " + strconv.Itoa(size) + " bytes, the peer takes at most " + strconv.Itoa(most)}
}

func (c *Connection) openRoute(ctx context.Context, key routeKey, o callSettings, payload []byte) (*stream, error) {
	if c == nil {
		return nil, errNoPeer()
	}
	if len(c.m.clientInterceptors) > 0 {
		return c.interceptedOpen(ctx, key, o, payload)
	}
	return c.openDirect(ctx, key, &o, payload)
}

func (c *Connection) openDirect(ctx context.Context, key routeKey, o *callSettings, payload []byte) (*stream, error) {
	if err := c.prepare(ctx, o); err != nil {
		return nil, err
	}
	for {
		st, err := c.openOnce(ctx, key, o, payload)
		if err == nil || !o.wait || !c.mayRetry(ctx, o, err) {
			return st, err
		}
		c.awaitFarewell(ctx)
	}
}

func (c *Connection) openOnce(ctx context.Context, key routeKey, o *callSettings, payload []byte) (*stream, error) {
	s, err := c.session(ctx, o.wait)
	if err != nil {
		return nil, err
	}
	r, fault := s.route(key, true, o.name)
	if fault == nil {
		fault = s.compatible(ctx, key, r, o.shape, o.name)
	}
	if fault != nil {
		return nil, fault
	}
	if len(payload) > s.agreed.message {
		return nil, tooLarge(len(payload), s.agreed.message)
	}
	if o.outCap == 0 {
		o.outCap = max(r.outCap, 1)
	}
	return s.open(ctx, r, o, payload)
}

// Request calls the handler id of the peer with payload and returns its answer.
// The call ends with ctx, or after Limits.CallTimeout where ctx has no deadline.
// Until there is a connection it fails with ErrDisconnected, NotSent; see
// WaitForReady. payload is not kept. The answer belongs to the caller, who may
// give it to PutByteBuffer.
func (c *Connection) Request(ctx context.Context, id HandlerID, payload []byte) ([]byte, error) {
	return c.request(ctx, id, callSettings{}, payload)
}

// Response is what arrives on the Responses of a Stream: a message, or why there
// will be no more.
type Response struct {
	Msg []byte
	Err error
}

// Stream is the channel-shaped client side of a stream.
//
// Two ends that both only send block each other once the credit is used up:
// receive while sending.
type Stream struct {
	// Responses delivers what the handler sends. It is closed after an error, and
	// at the end. Messages belong to the receiver.
	Responses <-chan Response
	// Requests takes what goes to the handler; it is nil where the handler takes
	// no input. The caller closes it to end the input. Sends to it must be
	// selected with the context's Done if the stream may end before them.
	Requests chan<- []byte

	st *stream
}

// NewStream begins a stream with the handler id of the peer. It lives as long as
// ctx. payload is not kept.
func (c *Connection) NewStream(ctx context.Context, id HandlerID, payload []byte) (*Stream, error) {
	return newChannelStream(ctx, c, id, payload)
}

func newChannelStream(ctx context.Context, c Caller, id HandlerID, payload []byte) (*Stream, error) {
	st, err := c.open(ctx, id, callSettings{}, append([]byte(nil), payload...))
	if err != nil {
		return nil, err
	}
	responses := make(chan Response)
	out := &Stream{Responses: responses, st: st}
	st.s.m.goroutines.Go(func() { pumpResponses(ctx, st, responses) })
	if st.out.takesInput {
		requests := make(chan []byte)
		out.Requests = requests
		st.s.m.goroutines.Go(func() { pumpRequests(ctx, st, requests) })
	}
	return out, nil
}

// pumpResponses moves messages from a stream to a channel.
func pumpResponses(ctx context.Context, st *stream, to chan<- Response) {
	defer close(to)
	for {
		msg, err := st.recv()
		if err == io.EOF {
			return
		}
		r := Response{Err: err}
		if err == nil {
			r.Msg = append([]byte(nil), msg...)
		}
		select {
		case to <- r:
		case <-ctx.Done():
			// One more try: who waits for the error shall have it.
			select {
			case to <- Response{Err: contextError(ctx.Err()).withOutcome(MayHaveRun)}:
			default:
			}
			return
		}
		if err != nil {
			return
		}
	}
}

// pumpRequests moves messages from a channel to a stream. It goes on taking them
// after the stream has ended, until the channel is closed or ctx ends, so that
// nobody blocks on a stream that is over.
func pumpRequests(ctx context.Context, st *stream, from <-chan []byte) {
	for {
		select {
		case msg, ok := <-from:
			if !ok {
				_ = st.closeSend() // an error here is the stream's end, which Responses tells
				return
			}
			st.checkSent(st.send(msg, false))
		case <-ctx.Done():
			return
		case <-st.s.m.closed:
			return
		}
	}
}

// checkSent looks after the error of a send that nobody else will see. The end of
// the stream is told by its receiving side; but where it was the message that
// could not be sent, the stream has a gap now and must not go on.
func (st *stream) checkSent(err error) {
	var e *Error
	if errors.As(err, &e) && !e.Remote && e.Outcome == 0 && !st.in.isOver() {
		st.giveUp(e)
	}
}

// Results calls fn for each message. An error of fn cancels the handler and is
// returned; otherwise Results returns how the stream ended, nil for well.
func (s *Stream) Results(fn func(msg []byte) error) error {
	for r := range s.Responses {
		if r.Err != nil {
			return r.Err
		}
		if err := fn(r.Msg); err != nil {
			s.st.giveUp(&Error{Code: Canceled, Message: "the receiver gave up"})
			for range s.Responses { // lets the pump end
			}
			return err
		}
	}
	return nil
}

// RegisterSingleHandler registers a handler of byte payloads under a subroute, if
// one is given. The payload is the handler's until it returns; what it returns
// belongs to the runtime.
func (m *Manager) RegisterSingleHandler(id HandlerID, fn func(ctx context.Context, payload []byte) ([]byte, error), subroute ...string) error {
	return m.Register(Registration{&handler{id: id, subroute: joinSubroute(subroute), single: fn}})
}

// StreamHandler is a handler of a stream of byte messages.
type StreamHandler struct {
	// Handle runs for each stream. in delivers the client's messages and is closed
	// at the end of input, and only then: on cancel, deadline or disconnect ctx
	// ends and in stays as it is, so that an end that is none is never mistaken
	// for one. Select on both. out is closed by the runtime, never by Handle. Both
	// are nil where the capacity is 0. Messages from in belong to Handle; what is
	// sent to out belongs to the runtime.
	Handle func(ctx context.Context, payload []byte, in <-chan []byte, out chan<- []byte) error
	// Subroute is the name that the handler is registered under, or "".
	Subroute string
	// OutCapacity and InCapacity bound the messages that the receiver holds
	// unread; 0 means that there are none in that direction.
	OutCapacity int
	InCapacity  int
}

// RegisterStreamingHandler registers a handler of streams.
func (m *Manager) RegisterStreamingHandler(id HandlerID, h StreamHandler) error {
	if h.Handle == nil {
		return &Error{Code: InvalidArgument, Message: "StreamHandler.Handle is nil"}
	}
	if h.InCapacity < 0 || h.InCapacity > maxCapacity || h.OutCapacity < 0 || h.OutCapacity > maxCapacity {
		return &Error{Code: InvalidArgument, Message: "a stream's capacity is 0 to 65535"}
	}
	return m.Register(Registration{&handler{id: id, subroute: h.Subroute, stream: h.serve, inCap: h.InCapacity, outCap: h.OutCapacity}})
}

// serve adapts the channel shape to the core.
func (h *StreamHandler) serve(ctx context.Context, payload []byte, st *stream) (err error) {
	var in, out chan []byte
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if h.InCapacity > 0 {
		in = make(chan []byte)
		st.s.m.goroutines.Go(func() { pumpInput(ctx, st, in) })
	}
	if h.OutCapacity == 0 {
		return h.Handle(ctx, payload, in, nil)
	}
	out = make(chan []byte)
	sent := make(chan error, 1)
	st.s.m.goroutines.Go(func() { sent <- pumpOutput(st, payload, out, stop) })
	defer func() {
		close(out)
		// What the handler sent goes out before its result, and what could not
		// be sent is its result: nobody may take the stream for complete.
		if fault := <-sent; err == nil {
			err = fault
		}
	}()
	return h.Handle(ctx, payload, in, out)
}

// pumpInput moves the client's messages to a channel.
func pumpInput(ctx context.Context, st *stream, to chan<- []byte) {
	for {
		msg, err := st.recv()
		if err == io.EOF {
			close(to)
			return
		}
		if err != nil {
			return // ctx tells
		}
		select {
		case to <- append([]byte(nil), msg...):
		case <-ctx.Done():
			return
		}
	}
}

// pumpOutput moves the handler's messages to the stream until the channel is
// closed. Once one cannot be sent, because it is too large or the stream is
// over, it stops the handler, drops the others and returns why. Parts of the
// payload are copied: its buffer is given back once, when the handler has returned.
func pumpOutput(st *stream, payload []byte, from <-chan []byte, stop func()) (fault error) {
	for msg := range from {
		own := !sameMemory(msg, payload)
		if fault != nil {
			if own {
				st.s.m.buffers.put(msg)
			}
			continue
		}
		if fault = st.send(msg, own); fault != nil {
			stop()
		}
	}
	return fault
}
