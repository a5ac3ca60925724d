package stranger

import (
	"context"
	"errors"
	"io"
)

// Stream is one end of a stream. One goroutine may send while another receives.
type Stream struct {
	s      *Session
	id     uint64
	served bool // the other end opened it

	// Guarded by the session's mu.
	messages, bytes int64 // credit to send
	inbox           [][]byte
	ended           bool  // the input of a stream that is served
	err             error // why it is over: io.EOF is the end with status OK
}

// ErrReset is what a stream ends with that either end gave up.
var ErrReset = errors.New("the stream was given up")

// Open opens a stream. The handler's own suggestion is the credit of the server.
func (s *Session) Open(ctx context.Context, handler uint64, subroute string, payload []byte) (*Stream, error) {
	s.opening.Lock()
	defer s.opening.Unlock()
	s.mu.Lock()
	r, err := s.routeLocked(handler, subroute, true)
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	st := &Stream{s: s, id: s.nextStream, messages: int64(r.in), bytes: s.window}
	s.nextStream += 2
	s.streams[st.id] = st
	s.mu.Unlock()
	err = s.send(outgoing{
		kind: kindOpen, ref: ref{ofStream, st.id}, payload: payload, gone: st.over,
		head: body{}.uints(st.id, r.number, timeout(ctx), r.out),
	})
	return st, err
}

// over is called with mu held.
func (st *Stream) over() bool { return st.err != nil }

// Send sends a message when there is credit for it.
func (st *Stream) Send(message []byte) error {
	s := st.s
	s.mu.Lock()
	err := s.wait(func() bool { return st.over() || st.messages > 0 && st.bytes > 0 })
	if err == nil && st.over() {
		err = st.err
	}
	st.messages--
	st.bytes -= int64(len(message))
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return s.send(outgoing{kind: kindMessage, ref: ref{ofStream, st.id}, head: body{}.uint(st.id), payload: message, gone: st.over})
}

// CloseSend ends the input of the handler.
func (st *Stream) CloseSend() {
	st.s.writeBatch(frame(kindEnd, body{}.uints(st.id, 0)))
}

// Recv returns the next message, and io.EOF after the last of a stream that is
// complete, or after the end of the input of one that is served.
func (st *Stream) Recv() ([]byte, error) {
	s := st.s
	s.mu.Lock()
	err := s.wait(func() bool { return len(st.inbox) > 0 || st.ended || st.over() })
	if len(st.inbox) == 0 {
		switch {
		case st.err != nil:
			err = st.err
		case st.ended:
			err = io.EOF
		}
		s.mu.Unlock()
		return nil, err
	}
	message := st.inbox[0]
	st.inbox = st.inbox[1:]
	s.mu.Unlock()
	s.writeBatch(frame(kindCredit, body{}.uints(ofStream, st.id, 1, uint64(len(message)))))
	return message, nil
}

// Cancel gives the stream up.
func (st *Stream) Cancel() {
	st.s.finish(st.id, ErrReset)
	st.s.writeBatch(frame(kindReset, body{}.uints(ofStream, st.id).string("canceled")))
}

// finish ends a stream, if it is not over.
func (s *Session) finish(id uint64, err error) {
	s.update(func() {
		if st := s.streams[id]; st != nil {
			delete(s.streams, id)
			st.err = err
		}
	})
}

// handleMessage takes a message of a stream; one of a stream that is over is
// ignored.
func (s *Session) handleMessage(f *fields) error {
	id, flags := f.uint(), f.uint()
	s.mu.Lock()
	st := s.streams[id]
	s.mu.Unlock()
	if st == nil {
		return nil
	}
	return s.receive(ref{ofStream, id}, flags, f, func(message []byte) {
		s.update(func() { st.inbox = append(st.inbox, message) })
	})
}

func (s *Session) handleEnd(f *fields) error {
	id, status := f.uint(), f.uint()
	if status == 0 {
		s.endInput(id)
		return f.err
	}
	failure, err := readFailure(f)
	s.finish(id, failure)
	return err
}

// endInput takes an end with status OK: from a server it is the end of the stream,
// from a client that of the handler's input.
func (s *Session) endInput(id uint64) {
	s.mu.Lock()
	st := s.streams[id]
	s.mu.Unlock()
	if st == nil || !st.served {
		s.finish(id, io.EOF)
		return
	}
	s.update(func() { st.ended = true })
}

func (s *Session) handleReset(target, id uint64, _ string) {
	if target == ofStream {
		s.finish(id, ErrReset)
	}
}
