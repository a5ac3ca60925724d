package stranger

import (
	"errors"
	"io"
	"time"
)

// ErrDeadline is what a stream that is served ends with when its time is over. Its
// client knows by itself.
var ErrDeadline = errors.New("the deadline of the stream has passed")

// handleOpen serves a stream of the other end. Its client may send a reset and
// credit before the payload is complete, so the stream is there at once.
func (s *Session) handleOpen(f *fields) error {
	id, number, timeout, credit, flags := f.uint(), f.uint(), f.uint(), f.uint(), f.uint()
	if flags&flagMetadata != 0 {
		f.bytes()
	}
	h, code := s.streamHandler(number)
	if code != "" {
		s.writeBatch(frame(kindEnd, body{}.uints(id, 1, outcomeRejected).string(code).string("")))
		return f.err
	}
	st := &Stream{s: s, id: id, served: true, messages: int64(credit), bytes: s.window}
	s.update(func() { s.streams[id] = st })
	stop := func() bool { return false }
	if timeout > 0 {
		stop = time.AfterFunc(time.Duration(timeout)*time.Microsecond, func() { s.finish(id, ErrDeadline) }).Stop
	}
	return s.receive(ref{ofStream, id}, flags, f, func(payload []byte) {
		s.reading.Go(func() {
			defer stop()
			st.end(h.Handle(payload, st))
		})
	})
}

// streamHandler finds the handler of streams behind a route, or says why there is
// none.
func (s *Session) streamHandler(number uint64) (h Streaming, code string) {
	if number >= uint64(len(s.served)) {
		return h, "unknown_handler"
	}
	if h = s.streaming[s.served[number]]; h.Handle == nil {
		return h, "incompatible" // it is a call
	}
	return h, ""
}

// end is the server's end of a stream, with what its handler returned. One that
// the client gave up, or whose time is over, gets none.
func (st *Stream) end(err error) {
	st.s.mu.Lock()
	over := st.over()
	st.s.mu.Unlock()
	if over {
		return
	}
	b := body{}.uints(st.id, 0)
	if err != nil {
		failure := &Failure{Code: "internal", Message: err.Error()}
		errors.As(err, &failure)
		b = body{}.uints(st.id, 1, outcomeRan).string(failure.Code).string(failure.Message)
		b = append(b, failure.Detail...)
	}
	st.s.writeBatch(frame(kindEnd, b))
	st.s.finish(st.id, io.EOF)
}
