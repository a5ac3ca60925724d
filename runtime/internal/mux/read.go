package mux

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"

	"github.com/gobwas/ws"
	"github.com/zeebo/xxh3"

	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// readLoop takes batches off the socket until the session ends, or until the
// reader's role has moved on. The goroutine that runs readLoop holds the role, and with
// the role s.in, s.role and s.routeBuf; see role.go.
//
// Nothing that readLoop calls waits: not for the writer, not for a stream's reader, and
// for a handler only as long as the watch allows. What a frame asks for is
// queued or refused.
func (s *Session) readLoop() {
	if lost := s.handleFrames(); lost {
		return // the rest of a batch that a former holder began
	}
	for s.ReadMessage() {
		if s.vacate() {
			return
		}
	}
}

// repliesDue is how many bytes of gathered answers are not kept back until nothing is
// left to read. With 256 calls of 512 B in flight the callers have something to do while
// the next batch is served, and answers do not pile up until handlers leave the reader:
// 390,000 calls a second instead of 320,000 (bench, cell echo/512B/256).
const repliesDue = wire.ChunkSize / 2

// ReadMessage takes one message off the socket. It reports false if the session is
// over or the role has moved on.
func (s *Session) ReadMessage() bool {
	s.writeDue()
	op, payload, err := s.in.Next()
	if err != nil {
		if s.resumes(err) {
			return true
		}
		s.readFailed(err)
		s.in.Release()
		return false
	}
	s.Out.Traffic.BatchesIn.Add(1)
	s.Out.Traffic.BytesIn.Add(uint64(len(payload)))
	lost, err := s.handleMessage(op, payload)
	if lost {
		return false
	}
	if err != nil {
		s.fail(err)
	}
	if s.Over() {
		s.in.Release()
		return false
	}
	return true
}

// writeDue writes answers, room for chunks and chunks before the reader waits. Many answers are written earlier.
func (s *Session) writeDue() {
	waits := !s.in.Buffered()
	if waits || len(s.role.replies) >= repliesDue {
		s.flushReplies()
	}
	if !waits {
		return
	}
	if s.Out.Due() {
		s.giveWay()
		s.Out.FlushDue()
	}
	s.woke = false // they run while the reader waits
}

// handleChunk takes a chunk, which is long work: calls that were answered go on before it, and
// answers leave. The room for it is returned, and chunks are written that the peer has given room for,
// before the next one, which may be here already: until they go the peer waits.
// Measured with calls of 512 B beside two of 16 MiB: see bench/MISSES.md.
func (s *Session) handleChunk(body []byte) error {
	s.in.ExpectBulk()
	s.flushReplies()
	s.giveWay()
	err := s.Parts.HandleChunk(body, s.Heard.Load(), s.ShortestTrip.Load())
	s.Out.FlushDue()
	return err
}

// giveWay lets the goroutines run that the reader has woken with small messages, before it does
// long work: they are next on its processor, and wait there for as long as it goes on.
func (s *Session) giveWay() {
	if s.woke {
		s.woke = false
		runtime.Gosched()
	}
}

// readFailed tells a broken socket from a peer that broke RFC 6455.
func (s *Session) readFailed(err error) {
	if errors.Is(err, websocket.ErrWebSocket) {
		s.fail(err)
		return
	}
	s.Lost(err)
}

func (s *Session) handleMessage(op ws.OpCode, payload []byte) (lost bool, err error) {
	switch op {
	case ws.OpBinary:
		if err := s.openBatch(payload); err != nil {
			return false, err
		}
		return s.handleFrames(), nil
	case ws.OpPing:
		s.Out.QueuePong(payload)
	case ws.OpClose:
		code, reason := ws.ParseCloseFrameData(payload)
		s.Lost(&websocket.CloseError{Code: code, Reason: reason})
	}
	return false, nil
}

// openBatch checks one batch and lays its frames out for handleFrames.
func (s *Session) openBatch(b []byte) error {
	if s.Agreed.Checksum {
		if len(b) < wire.ChecksumSize {
			return fmt.Errorf("%w: a batch without its checksum", wire.ErrFrame)
		}
		want := binary.LittleEndian.Uint64(b)
		b = b[wire.ChecksumSize:]
		if xxh3.Hash(b) != want {
			return fmt.Errorf("%w: the checksum of a batch is wrong", wire.ErrFrame)
		}
	}
	s.role.rest = b
	return nil
}

// handleFrames takes the frames of the batch in order. It reports true if the
// reader's role has moved on: then the rest belongs to its new holder.
func (s *Session) handleFrames() (lost bool) {
	for len(s.role.rest) > 0 && !s.Over() {
		kind, body, rest, err := wire.CutFrame(s.role.rest)
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
		s.Pings.Answer(n)
	}
	return false
}

// errRoleLost tells readLoop that the reader's role has moved to another goroutine while
// a handler ran on this one.
var errRoleLost = errors.New("the reader's role has moved on")

// handleFrame acts on one frame. An error from here ends the session.
func (s *Session) handleFrame(kind byte, body []byte) error {
	if kind != byte(wire.KindReply) {
		s.Calls.LoneCaller.InARow = 0
	}
	switch wire.Kind(kind &^ wire.Ignorable) {
	case wire.KindCall:
		return s.handleCall(body)
	case wire.KindReply:
		s.woke = true
		return s.Calls.HandleReply(body)
	case wire.KindError:
		return s.Calls.HandleError(body)
	case wire.KindOpen:
		return s.Streams.HandleOpen(body)
	case wire.KindMessage:
		s.woke = true
		return s.Streams.HandleMessage(body)
	case wire.KindEnd:
		return s.Streams.HandleEnd(body)
	case wire.KindReset:
		return s.handleReset(body)
	case wire.KindCredit:
		return s.handleCredit(body)
	case wire.KindChunk:
		return s.handleChunk(body)
	case wire.KindPing:
		n, err := wire.ParseNumber(body, wire.KindPing)
		s.Out.QueueGridPong(n)
		return err
	case wire.KindPong:
		n, err := wire.ParseNumber(body, wire.KindPong)
		s.handlePong(n)
		return err
	case wire.KindGoaway:
		return s.handleGoaway()
	case wire.KindRoutes:
		return s.handleRoutes(body)
	case wire.KindShapes:
		return s.verdicts.handleShapes(body)
	case wire.KindTrailer:
		return s.handleTrailer(body)
	}
	if kind&wire.Ignorable != 0 {
		return nil
	}
	return fmt.Errorf("%w: unknown kind %d", wire.ErrFrame, kind)
}

// handleCall runs a call that was admitted: here, if its handler is short, else in a
// goroutine of its own.
func (s *Session) handleCall(body []byte) error {
	sv, err := s.Serving.HandleCall(body)
	switch {
	case sv == nil:
		return err
	case !s.mayInline(sv.Ctx.H):
		sv.Start()
	default:
		s.Out.LeaveDue() // there may be many calls in this batch, and each may take a tick of the watch
		if !s.runInline(sv) {
			return errRoleLost
		}
	}
	return nil
}

func (s *Session) handleReset(body []byte) error {
	t, id, code, err := wire.ParseReset(body)
	if err != nil {
		return err
	}
	switch t {
	case wire.TargetCall:
		s.Serving.HandleReset(id, code)
	case wire.TargetStream:
		s.Streams.HandleReset(id, code)
	default:
		return fmt.Errorf("%w: reset of unknown target %d", wire.ErrFrame, t)
	}
	return nil
}

func (s *Session) handleTrailer(body []byte) error {
	t, id, meta, err := wire.ParseTrailer(body)
	if err != nil {
		return err
	}
	md, err := handlers.ParseMetadata(meta)
	if err != nil {
		return err
	}
	switch t {
	case wire.TargetCall:
		s.Calls.HandleTrailer(id, md)
	case wire.TargetStream:
		s.Streams.HandleTrailer(id, md)
	default:
		return fmt.Errorf("%w: trailer of unknown target %d", wire.ErrFrame, t)
	}
	return nil
}

func (s *Session) handleCredit(body []byte) error {
	c, err := wire.ParseCredit(body)
	if err != nil {
		return err
	}
	switch c.Target {
	case wire.TargetSession:
		s.in.ExpectSoon()
		return s.Out.AddBulk(c.Bytes, s.Heard.Load(), s.ShortestTrip.Load())
	case wire.TargetStream:
		return s.Streams.HandleCredit(c)
	case wire.TargetGrant + wire.TargetCall:
		s.Calls.HandleGrant(c.ID)
	case wire.TargetGrant + wire.TargetReply:
		s.Serving.HandleGrant(c.ID)
	case wire.TargetGrant + wire.TargetStream:
		s.Streams.HandleGrant(c.ID)
	default:
		return fmt.Errorf("%w: credit for unknown target %d", wire.ErrFrame, c.Target)
	}
	return nil
}

// DeliverLarge hands a complete message to where it belongs, and its buffer with it.
func (s *Session) DeliverLarge(t wire.Target, id uint64, buf []byte) error {
	switch t {
	case wire.TargetCall:
		s.Serving.DeliverLarge(id, buf)
	case wire.TargetReply:
		s.Calls.DeliverLarge(id, buf)
	case wire.TargetStream:
		return s.Streams.DeliverLarge(id, buf)
	}
	return nil
}

func (s *Session) FailLarge(id, size uint64) { s.Calls.FailLarge(id, size) }
