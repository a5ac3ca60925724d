package stranger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/zeebo/xxh3"
)

// ErrClosed is what a session that was closed by this end ends with.
var ErrClosed = errors.New("closed by this end")

// Session is one authenticated WebSocket. Its methods may be called by several
// goroutines at a time.
type Session struct {
	socket    Socket
	checksums bool
	window    int64 // of the peer's hello
	serve     map[uint64]func([]byte) []byte
	streaming map[uint64]Streaming
	served    []uint64 // handler ids by route
	reading   sync.WaitGroup

	opening sync.Mutex // held around an open: ids only grow on the wire
	writing sync.Mutex // held around Socket.Write

	mu         sync.Mutex
	changed    *sync.Cond // whatever is below has changed
	err        error      // why the session is over
	leaving    bool       // goaway came
	announced  bool       // the first complete set of routes came
	routes     map[routeKey]route
	lastCall   uint64
	nextStream uint64
	calls      map[uint64]*call
	streams    map[uint64]*Stream
	incoming   map[ref]*assembly
	granted    map[ref]bool
	room       int64 // for chunks to the peer
}

type routeKey struct {
	handler  uint64
	subroute string
}

type route struct {
	number  uint64
	stream  bool
	in, out uint64
}

// ref names a message: its target and id.
type ref struct{ target, id uint64 }

func newSession(g *greeting, firstStream uint64) *Session {
	s := &Session{
		socket: g.socket, checksums: g.checksums(), window: int64(g.peer.window), serve: g.c.Serve, streaming: g.c.Streams,
		routes: map[routeKey]route{}, nextStream: firstStream, calls: map[uint64]*call{}, streams: map[uint64]*Stream{},
		incoming: map[ref]*assembly{}, granted: map[ref]bool{}, room: int64(g.peer.bulk),
	}
	s.changed = sync.NewCond(&s.mu)
	routes := s.announce()
	s.reading.Go(func() { s.end(s.readLoop()) })
	unknown := frame(ignorable|0x7e, body("skipped"))
	s.writeBatch(unknown, frame(kindRoutes, routes)) // two frames in a batch
	s.writeBatch()                                   // and none
	return s
}

// announce numbers what this end serves, and returns the body of its routes.
func (s *Session) announce() body {
	b := body{}.uint(0)
	entry := func(id, flags, in, out uint64) {
		b = b.bytes(body{}.uints(uint64(len(s.served)), id).string("").uints(flags, in, out))
		s.served = append(s.served, id)
	}
	for id := range s.serve {
		entry(id, 0, 0, 0)
	}
	for id, h := range s.streaming {
		entry(id, flagStream, h.In, h.Out)
	}
	return b
}

// Close ends the session and waits until nothing of it is left.
func (s *Session) Close() {
	s.end(ErrClosed)
	_ = s.socket.Close(codeShutdown, "shut down")
	s.reading.Wait()
}

// Ended waits for the end of the session and says why.
func (s *Session) Ended() error {
	s.reading.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

func (s *Session) end(err error) {
	s.mu.Lock()
	first := s.err == nil
	if first {
		s.err = err
	}
	s.changed.Broadcast()
	s.mu.Unlock()
	if first && err != ErrClosed {
		_ = s.socket.Close(codeProtocol, err.Error())
	}
}

// wait waits until ready says so, and fails when the session is over. It is
// called with mu held.
func (s *Session) wait(ready func() bool) error {
	for s.err == nil && !ready() {
		s.changed.Wait()
	}
	return s.err
}

// writeBatch sends frames as one batch.
func (s *Session) writeBatch(frames ...[]byte) {
	var batch []byte
	if s.checksums {
		batch = make([]byte, 8)
	}
	for _, f := range frames {
		batch = append(batch, f...)
	}
	if s.checksums {
		binary.LittleEndian.PutUint64(batch, xxh3.Hash(batch[8:]))
	}
	s.writing.Lock()
	err := s.socket.Write(batch)
	s.writing.Unlock()
	if err != nil {
		// The peer said why it closed, if it did: let the reader come to it.
		time.AfterFunc(time.Second, func() { s.end(err) })
	}
}

func (s *Session) readLoop() error {
	for {
		batch, err := s.socket.Read()
		if err != nil {
			return err
		}
		if s.checksums {
			if len(batch) < 8 || binary.LittleEndian.Uint64(batch) != xxh3.Hash(batch[8:]) {
				return errors.New("wrong checksum")
			}
			batch = batch[8:]
		}
		if err := s.readFrames(batch); err != nil {
			return err
		}
	}
}

func (s *Session) readFrames(batch []byte) error {
	for f := (&fields{rest: batch}); len(f.rest) > 0; {
		kind := f.rest[0]
		f.rest = f.rest[1:]
		b := fields{rest: f.bytes()}
		if f.err != nil {
			return f.err
		}
		err := s.handle(kind, &b)
		if err == nil {
			err = b.err
		}
		if err != nil {
			return fmt.Errorf("frame of kind %d: %w", kind, err)
		}
	}
	return nil
}

// handle takes one frame. What it answers is written at once: the peer's reader
// never waits, so neither does this one for long.
func (s *Session) handle(kind byte, f *fields) error {
	switch kind &^ ignorable {
	case kindCall:
		return s.handleCall(f)
	case kindReply:
		return s.handleReply(f)
	case kindError:
		return s.handleError(f)
	case kindOpen:
		return s.handleOpen(f)
	case kindMessage:
		return s.handleMessage(f)
	case kindEnd:
		return s.handleEnd(f)
	case kindReset:
		s.handleReset(f.uint(), f.uint(), f.string())
	case kindCredit:
		s.handleCredit(f.uint(), f.uint(), int64(f.uint()), int64(f.uint()))
	case kindChunk:
		s.handleChunk(ref{f.uint(), f.uint()}, f.rest)
	case kindPing:
		s.writeBatch(frame(kindPong, body{}.uint(f.uint())))
	case kindGoaway:
		s.update(func() { s.leaving = true })
	case kindRoutes:
		return s.handleRoutes(f)
	case kindPong, kindShapes:
	default:
		if kind&ignorable == 0 {
			return errors.New("unknown")
		}
	}
	return nil
}

// update changes state and tells those who wait for it.
func (s *Session) update(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	s.changed.Broadcast()
}

func (s *Session) handleRoutes(f *fields) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	more := f.uint()&flagMore != 0
	for len(f.rest) > 0 {
		e := fields{rest: f.bytes()}
		number, key := e.uint(), routeKey{e.uint(), e.string()}
		s.routes[key] = route{number: number, stream: e.uint()&flagStream != 0, in: e.uint(), out: e.uint()}
		if e.err != nil {
			return e.err
		}
	}
	s.announced = s.announced || !more
	s.changed.Broadcast()
	return nil
}

// routeLocked waits for the peer's routes and finds one.
func (s *Session) routeLocked(handler uint64, subroute string, stream bool) (route, error) {
	if err := s.wait(func() bool { return s.announced }); err != nil {
		return route{}, err
	}
	r, ok := s.routes[routeKey{handler, subroute}]
	switch {
	case s.leaving:
		return r, &Failure{Code: "unavailable"}
	case !ok || r.stream != stream:
		return r, &Failure{Code: "unknown_handler"}
	}
	return r, nil
}
