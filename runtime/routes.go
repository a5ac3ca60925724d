package grid

import (
	"encoding/binary"
	"fmt"
	"maps"
	"sync/atomic"
)

// A routes frame says what its sender serves: for each handler its number, id,
// subroute, kind, capacities and digest. The first ones make the session usable; more
// follow when handlers are registered later.

// peerRoute is a handler of the peer.
type peerRoute struct {
	number uint64
	stream bool
	inCap  int // messages that the peer holds unread; 0: it takes none
	outCap int
	digest uint64 // of its wire shape, 0 where there is none

	verdict atomic.Pointer[verdict] // set once the shapes had to be compared
}

// routeTable is some of what the peer serves. It is immutable.
type routeTable map[routeKey]*peerRoute

// routeSets is all that the peer serves: a list of tables, the newest first. It is
// immutable; a new one replaces it.
type routeSets struct {
	table routeTable
	older *routeSets
}

// with returns the sets and one more. Tables that are not much larger than what
// comes after them are merged with it: so there are few, mostly one, and a peer
// that announces its handlers one by one does not have all of them copied each time.
func (x *routeSets) with(t routeTable) *routeSets {
	for x != nil && len(x.table) <= 2*len(t) {
		merged := maps.Clone(x.table)
		maps.Copy(merged, t)
		x, t = x.older, merged
	}
	return &routeSets{t, x}
}

func (x *routeSets) find(key routeKey) *peerRoute {
	for ; x != nil; x = x.older {
		if r := x.table[key]; r != nil {
			return r
		}
	}
	return nil
}

// Flags of a routes frame and of its entries.
const (
	routesMore  = 1 // another routes frame belongs to these
	routeStream = 1 // the handler is a stream
)

const (
	routesFrame = 32 << 10 // bytes of entries after which a frame is closed
	maxSubroute = 4 << 10  // bytes
)

// announce tells the peer of handlers that are served here.
func (s *session) announce(handlers []*handler) {
	s.out.control(func(b []byte) []byte { return appendRoutes(b, handlers) })
}

// appendRoutes appends as many frames as it takes, at least one.
func appendRoutes(b []byte, handlers []*handler) []byte {
	for {
		body := []byte{0}
		for len(handlers) > 0 && len(body) < routesFrame {
			body = handlers[0].appendRoute(body)
			handlers = handlers[1:]
		}
		if len(handlers) == 0 {
			return appendFrame(b, kindRoutes, body, nil)
		}
		body[0] = routesMore
		b = appendFrame(b, kindRoutes, body, nil)
	}
}

func (h *handler) appendRoute(b []byte) []byte {
	e := binary.AppendUvarint(nil, h.route)
	e = binary.AppendUvarint(e, uint64(h.id))
	e = appendString(e, h.subroute)
	flags := uint64(0)
	if h.stream != nil {
		flags |= routeStream
	}
	e = binary.AppendUvarint(e, flags)
	e = binary.AppendUvarint(e, uint64(h.inCap))
	e = binary.AppendUvarint(e, uint64(h.outCap))
	if h.settings.shape != nil {
		e = binary.LittleEndian.AppendUint64(e, h.settings.shape.digest)
	}
	return appendBytes(b, e) // with its length, so that an entry can grow in a later version
}

func (s *session) handleRoutes(body []byte) error {
	f := fields{b: body}
	flags := f.uvarint()
	s.routeBuf = append(s.routeBuf, f.b...)
	s.routeSum += len(f.b)
	if s.routeSum > s.limits.SchemaTable {
		return fmt.Errorf("%w: more than %d bytes of routes", errFrame, s.limits.SchemaTable)
	}
	if f.bad || flags&routesMore != 0 {
		return f.err(kindRoutes)
	}
	entries := s.routeBuf
	s.routeBuf = nil
	old := s.routes.Load()
	added := make(routeTable)
	if err := added.addAll(entries); err != nil {
		return err
	}
	if len(added) > 0 || old == nil {
		s.routes.Store(old.with(added))
	}
	if old == nil {
		s.host.sessionReady(s)
		close(s.ready)
	}
	return nil
}

func (t routeTable) addAll(entries []byte) error {
	f := fields{b: entries}
	for len(f.b) > 0 && !f.bad {
		e := fields{b: f.bytes()}
		r := &peerRoute{number: e.uvarint()}
		id, subroute := e.uvarint(), string(e.bytes())
		r.stream = e.uvarint()&routeStream != 0
		in, out := e.uvarint(), e.uvarint()
		if e.bad || id == 0 || id > 65535 || in > maxCapacity || out > maxCapacity || len(subroute) > maxSubroute {
			return fmt.Errorf("%w: an impossible route", errFrame)
		}
		r.inCap, r.outCap = int(in), int(out) // fits: at most maxCapacity
		if len(e.b) >= 8 {
			r.digest = binary.LittleEndian.Uint64(e.b)
		}
		t[routeKey{HandlerID(id), subroute}] = r // fits: compared
	}
	return f.err(kindRoutes)
}

// route looks up a handler of the peer.
func (s *session) route(key routeKey, stream bool, name string) (*peerRoute, *Error) {
	r := s.routes.Load().find(key)
	switch {
	case r == nil:
		return nil, &Error{Code: UnknownHandler, Outcome: NotSent, Message: quoted(s.peer) + " does not serve handler " + describe(key.id, name, key.subroute)}
	case r.stream != stream:
		kinds := map[bool]string{true: "a stream", false: "a single request"}
		return nil, &Error{Code: Incompatible, Outcome: NotSent, Message: fmt.Sprintf("handler %s is %s at %s, called as %s",
			describe(key.id, name, key.subroute), kinds[r.stream], quoted(s.peer), kinds[stream])}
	}
	return r, nil
}
