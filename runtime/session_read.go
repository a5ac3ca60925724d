package grid

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/gobwas/ws"
	"github.com/zeebo/xxh3"
)

// checksumSize is what a checksum adds in front of the frames of a batch.
const checksumSize = 8

// readLoop takes batches off the socket until the session ends, or until the
// reader's role has moved on. Whoever runs it holds the role: s.in, s.role and
// s.routeBuf are his; see role.go.
//
// Nothing below this waits: not for the writer, not for a stream's reader, and
// for a handler only as long as the watch allows. What a frame asks for is
// queued or refused.
func (s *session) readLoop() {
	if lost := s.handleFrames(); lost {
		return // the rest of a batch that a former holder began
	}
	for s.readMessage() {
		if s.vacate() {
			return
		}
	}
}

// repliesDue is how many bytes of gathered answers are not kept back until nothing is
// left to read. With 256 calls of 512 B in flight the callers have something to do while
// the next batch is served, and answers do not pile up until handlers leave the reader:
// 390,000 calls a second instead of 320,000 (bench, cell echo/512B/256).
const repliesDue = chunkSize / 2

// readMessage takes one message off the socket. It reports false if the session is
// over or the role has moved on.
func (s *session) readMessage() bool {
	if !s.in.buffered() || len(s.role.replies) >= repliesDue {
		s.flushReplies()
	}
	op, payload, err := s.in.next()
	if err != nil {
		if s.resumes(err) {
			return true
		}
		s.readFailed(err)
		s.in.release()
		return false
	}
	s.out.traffic.batchesIn.Add(1)
	s.out.traffic.bytesIn.Add(uint64(len(payload)))
	lost, err := s.handleMessage(op, payload)
	if lost {
		return false
	}
	if err != nil {
		s.fail(err)
	}
	if s.over() {
		s.in.release()
		return false
	}
	return true
}

// readFailed tells a broken socket from a peer that broke RFC 6455.
func (s *session) readFailed(err error) {
	if errors.Is(err, errWebSocket) {
		s.fail(err)
		return
	}
	s.lost(err)
}

func (s *session) handleMessage(op ws.OpCode, payload []byte) (lost bool, err error) {
	switch op {
	case ws.OpBinary:
		if err := s.openBatch(payload); err != nil {
			return false, err
		}
		return s.handleFrames(), nil
	case ws.OpPing:
		s.out.owePong(payload)
	case ws.OpClose:
		code, reason := ws.ParseCloseFrameData(payload)
		s.lost(&closeError{code, reason})
	}
	return false, nil
}

// openBatch checks one batch and lays its frames out for handleFrames.
func (s *session) openBatch(b []byte) error {
	if s.agreed.checksum {
		if len(b) < checksumSize {
			return fmt.Errorf("%w: a batch without its checksum", errFrame)
		}
		want := binary.LittleEndian.Uint64(b)
		b = b[checksumSize:]
		if xxh3.Hash(b) != want {
			return fmt.Errorf("%w: the checksum of a batch is wrong", errFrame)
		}
	}
	s.role.rest = b
	return nil
}

// handleFrames takes the frames of the batch in order. It reports true if the
// reader's role has moved on: then the rest belongs to its new holder.
func (s *session) handleFrames() (lost bool) {
	for len(s.role.rest) > 0 && !s.over() {
		kind, body, rest, err := cutFrame(s.role.rest)
		s.role.rest = rest // before the frame is handled: a handler may take the role with it
		if err == nil {
			err = s.handleFrame(kind, body)
		}
		if err == errRoleLost {
			return true
		}
		if err != nil {
			s.fail(err)
		}
	}
	s.role.rest = nil
	if n := s.role.pong; n != 0 {
		s.role.pong = 0
		s.pings.answer(n)
	}
	return false
}

// errRoleLost is returned up to readLoop when a handler that ran on the reader
// has cost it the role.
var errRoleLost = errors.New("the reader's role has moved on")

// handleFrame acts on one frame. An error from here ends the session.
func (s *session) handleFrame(kind byte, body []byte) error {
	if kind != byte(kindReply) {
		s.calls.vacancy.lone = 0
	}
	switch frameKind(kind &^ ignorable) {
	case kindCall:
		return s.handleCall(body)
	case kindReply:
		return s.calls.handleReply(body)
	case kindError:
		return s.calls.handleError(body)
	case kindOpen:
		return s.streams.handleOpen(body)
	case kindMessage:
		return s.streams.handleMessage(body)
	case kindEnd:
		return s.streams.handleEnd(body)
	case kindReset:
		return s.handleReset(body)
	case kindCredit:
		return s.handleCredit(body)
	case kindChunk:
		s.in.expectBulk()
		return s.parts.handleChunk(body, s.heard.Load(), s.shortestTrip.Load())
	case kindPing:
		n, err := parseNumber(body, kindPing)
		s.out.oweGridPong(n)
		return err
	case kindPong:
		n, err := parseNumber(body, kindPong)
		s.handlePong(n)
		return err
	case kindGoaway:
		return s.handleGoaway()
	case kindRoutes:
		return s.handleRoutes(body)
	case kindShapes:
		return s.verdicts.handleShapes(body)
	}
	if kind&ignorable != 0 {
		return nil
	}
	return fmt.Errorf("%w: unknown kind %d", errFrame, kind)
}

// handleCall runs a call that was admitted: here, if its handler is short, else in a
// goroutine of its own.
func (s *session) handleCall(body []byte) error {
	sv, err := s.serving.handleCall(body)
	switch {
	case sv == nil:
		return err
	case !s.mayInline(sv.h):
		s.goHandler(sv.run)
	case !s.runInline(sv):
		return errRoleLost
	}
	return nil
}

func (s *session) handleReset(body []byte) error {
	t, id, code, err := parseReset(body)
	if err != nil {
		return err
	}
	switch t {
	case targetCall:
		s.serving.handleReset(id, code)
	case targetStream:
		s.streams.handleReset(id, code)
	default:
		return fmt.Errorf("%w: reset of unknown target %d", errFrame, t)
	}
	return nil
}

func (s *session) handleCredit(body []byte) error {
	c, err := parseCredit(body)
	if err != nil {
		return err
	}
	switch c.target {
	case targetSession:
		return s.out.addBulk(c.bytes)
	case targetStream:
		return s.streams.handleCredit(c)
	case targetGrant + targetCall:
		s.calls.handleGrant(c.id)
	case targetGrant + targetReply:
		s.serving.handleGrant(c.id)
	case targetGrant + targetStream:
		s.streams.handleGrant(c.id)
	default:
		return fmt.Errorf("%w: credit for unknown target %d", errFrame, c.target)
	}
	return nil
}

// deliverLarge hands a complete message to where it belongs, and its buffer with it.
func (s *session) deliverLarge(t target, id uint64, buf []byte) error {
	switch t {
	case targetCall:
		s.serving.deliverLarge(id, buf)
	case targetReply:
		s.calls.deliverLarge(id, buf)
	case targetStream:
		return s.streams.deliverLarge(id, buf)
	}
	return nil
}

func (s *session) failLarge(id, size uint64) { s.calls.failLarge(id, size) }
