package stranger

import (
	"context"
	"errors"
	"time"
)

// Outcomes of a failure, as they travel.
const (
	outcomeRejected = 2
	outcomeUnknown  = 3 // the handler may have run
	outcomeRan      = 4
)

// Failure is an error that the other end of a call or a stream answered with.
type Failure struct {
	Outcome       uint64
	Code, Message string
	Detail        []byte
}

func (f *Failure) Error() string { return f.Code + ": " + f.Message }

// call is a call of this end. It is over when it is not in Session.calls.
type call struct {
	done  bool
	reply []byte
	err   error
}

// Call calls a handler under a subroute and returns its reply.
func (s *Session) Call(ctx context.Context, handler uint64, subroute string, payload []byte) ([]byte, error) {
	s.mu.Lock()
	r, err := s.routeLocked(handler, subroute, false)
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	s.lastCall++
	id, c := s.lastCall, &call{}
	s.calls[id] = c
	s.mu.Unlock()

	stop := context.AfterFunc(ctx, func() {
		if s.settle(id, nil, ctx.Err()) {
			s.writeBatch(frame(kindReset, body{}.uints(ofCall, id).string("canceled")))
		}
	})
	defer stop()
	err = s.send(outgoing{
		kind: kindCall, ref: ref{ofCall, id}, payload: payload, gone: func() bool { return c.done },
		head: body{}.uints(id, r.number, timeout(ctx)),
		meta: body{}.uint(1).string("from").string("a stranger"),
	})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.wait(func() bool { return c.done }); err != nil && !c.done {
		return nil, err
	}
	return c.reply, c.err
}

// timeout is what is left until the deadline in microseconds, rounded up.
func timeout(ctx context.Context) uint64 {
	deadline, ok := ctx.Deadline()
	if !ok {
		return 0
	}
	return uint64(max(1, (time.Until(deadline)+time.Microsecond-1)/time.Microsecond))
}

// settle ends a call of this end, and says whether it was still under way.
func (s *Session) settle(id uint64, reply []byte, err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.calls[id]
	if c == nil {
		return false
	}
	delete(s.calls, id)
	c.done, c.reply, c.err = true, reply, err
	s.changed.Broadcast()
	return true
}

func (s *Session) handleReply(f *fields) error {
	id, flags := f.uint(), f.uint()
	s.mu.Lock()
	waiting := s.calls[id] != nil
	s.mu.Unlock()
	if waiting {
		return s.receive(ref{ofReply, id}, flags, f, func(reply []byte) { s.settle(id, reply, nil) })
	}
	if flags&flagSize != 0 {
		s.writeBatch(frame(kindReset, body{}.uints(ofCall, id).string("canceled")))
	}
	return nil
}

func (s *Session) handleError(f *fields) error {
	id := f.uint()
	failure, err := readFailure(f)
	s.settle(id, nil, failure)
	return err
}

func readFailure(f *fields) (*Failure, error) {
	failure := &Failure{Outcome: f.uint(), Code: f.string(), Message: f.string(), Detail: f.rest}
	if f.err == nil && (failure.Outcome < outcomeRejected || failure.Outcome > outcomeRan) {
		return failure, errors.New("a failure with another outcome")
	}
	return failure, f.err
}

// handleCall serves a call of the other end.
func (s *Session) handleCall(f *fields) error {
	id, number, _, flags := f.uint(), f.uint(), f.uint(), f.uint()
	if flags&flagMetadata != 0 {
		f.bytes()
	}
	handler, code := s.handler(number)
	if code != "" {
		s.writeBatch(frame(kindError, body{}.uints(id, outcomeRejected).string(code).string("")))
		return f.err
	}
	return s.receive(ref{ofCall, id}, flags, f, func(payload []byte) {
		s.reading.Go(func() {
			reply := outgoing{kind: kindReply, ref: ref{ofReply, id}, head: body{}.uint(id), payload: handler(payload), gone: func() bool { return false }}
			_ = s.send(reply) // the session is over: Ended says why
		})
	})
}

// handler finds the handler of calls behind a route, or says why there is none.
func (s *Session) handler(number uint64) (handle func([]byte) []byte, code string) {
	if number >= uint64(len(s.served)) {
		return nil, "unknown_handler"
	}
	if handle = s.serve[s.served[number]]; handle == nil {
		return nil, "incompatible" // it is a stream
	}
	return handle, ""
}
