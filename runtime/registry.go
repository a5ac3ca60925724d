package grid

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gridrpc/gridc/runtime/schema"
)

// handler is one registered handler. It is immutable but for its pace.
type handler struct {
	m        *node
	id       HandlerID
	subroute string
	fault    *Error // why it cannot be registered, nil: it can
	route    uint64 // its small number on the wire, the same in every session
	settings handlerSettings

	// One of the two is set.
	single func(ctx context.Context, hc *handlerContext, payload []byte) ([]byte, error)
	stream func(ctx context.Context, payload []byte, st any) error // st is the stream: to assert its type once costs less than to know it here

	// What stands around it, nil: nothing. Both call next at most once.
	aroundCall   func(ctx context.Context, peer string, payload []byte, next func(context.Context, []byte) ([]byte, error)) ([]byte, error)
	aroundStream func(ctx context.Context, peer string, payload []byte, next func(context.Context, []byte) error) error

	pace   pace // changes; whether its calls run on the reader
	lane   lane
	inCap  int // messages that a stream's handler holds unread; 0: it takes none
	outCap int // 0: it sends none
}

// String names the handler for logs and messages.
func (h *handler) String() string {
	return describe(h.id, h.settings.name, h.subroute)
}

func describe(id HandlerID, name, subroute string) string {
	s := fmt.Sprintf("%d", id)
	if name != "" {
		s = name + " (" + s + ")"
	}
	if subroute != "" {
		s += " under " + quoted(subroute)
	}
	return s
}

// handlerSettings is what the options of a handler say.
type handlerSettings struct {
	name       string
	timeout    time.Duration
	lane       lane
	idempotent bool
	reuse      bool

	ownGoroutine bool
	errors       map[Code]ErrorType
	inCap        int
	outCap       int
	table        *schema.Table
	shape        *shapeOf // of the handler in table
}

// registry holds the handlers of a Manager. Handlers are added, never removed.
type registry struct {
	mu     sync.Mutex // also held while routes are announced, so that none is announced twice or never
	byKey  map[routeKey]*handler
	first  map[HandlerID]*handler     // the first of each id
	size   int                        // bytes of all routes as they are announced
	routes atomic.Pointer[[]*handler] // by route number; replaced under mu, read without
}

type routeKey struct {
	id       HandlerID
	subroute string
}

func (r *registry) init() {
	r.byKey = make(map[routeKey]*handler)
	r.first = make(map[HandlerID]*handler)
	r.routes.Store(new([]*handler))
}

// add registers all of the handlers or none, and has those who are connected told. The
// handlers belong to the registry.
func (r *registry) add(m *node, added []*handler, tell func([]*handler)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	size, err := r.checkLocked(m, added)
	if err != nil {
		return err
	}
	r.size = size
	old := *r.routes.Load()
	routes := old // grows in place where it can: readers keep to the length they loaded
	for _, h := range added {
		h.m, h.route = m, uint64(len(routes))
		routes = append(routes, h)
		r.byKey[routeKey{h.id, h.subroute}] = h
		if r.first[h.id] == nil {
			r.first[h.id] = h
		}
	}
	r.routes.Store(&routes)
	tell(routes[len(old):])
	return nil
}

// welcome has somebody new told of all handlers that there are. Those that are added
// later are told by add: none is told twice, or never.
func (r *registry) welcome(tell func([]*handler)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	tell(*r.routes.Load())
}

// forManager returns a copy of h, for one registry.
func (h *handler) forManager() *handler {
	return &handler{id: h.id, subroute: h.subroute, settings: h.settings, fault: h.fault,
		single: h.single, stream: h.stream, lane: h.lane, inCap: h.inCap, outCap: h.outCap}
}

// checkLocked returns what the size of all routes would be, or all faults.
func (r *registry) checkLocked(m *node, added []*handler) (size int, err error) {
	var faults []error
	seen := make(map[routeKey]bool)
	first := make(map[HandlerID]*handler) // of those that are to be added
	size = r.size
	for _, h := range added {
		if h == nil {
			faults = append(faults, &Error{Code: InvalidArgument, Message: "a Registration that no handler's Handle has made"})
			continue
		}
		key := routeKey{h.id, h.subroute}
		switch {
		case h.fault != nil:
			faults = append(faults, fmt.Errorf("handler %s: %w", h, h.fault))
		case h.id == 0:
			faults = append(faults, &Error{Code: InvalidArgument, Message: "a handler needs an id from 1 to 65535"})
		case len(h.subroute) > maxSubroute:
			faults = append(faults, &Error{Code: InvalidArgument, Message: fmt.Sprintf("the subroute of handler %d has %d bytes, at most %d are allowed", h.id, len(h.subroute), maxSubroute)})
		case min(h.inCap, h.outCap) < 0 || max(h.inCap, h.outCap) > maxCapacity:
			faults = append(faults, &Error{Code: InvalidArgument, Message: fmt.Sprintf("the capacities of handler %s are %d and %d, each must be 0 to %d", h, h.inCap, h.outCap, maxCapacity)})
		case r.byKey[key] != nil || seen[key]:
			faults = append(faults, &Error{Code: AlreadyRegistered, Message: "handler " + h.String() + " is registered already"})
		}
		if first[h.id] == nil {
			first[h.id] = h
		}
		for _, other := range []*handler{r.first[h.id], first[h.id]} {
			if !h.mayShareID(other) {
				faults = append(faults, &Error{Code: AlreadyRegistered, Message: fmt.Sprintf("handler id %d belongs to %s, %s, and cannot be %s, %s, too", h.id, other, other.kind(), h, h.kind())})
				break
			}
		}
		seen[key] = true
		size += len(h.appendRoute(nil)) + 2*binary.MaxVarintLen64 // its number is not known yet
	}
	if size > m.limits.SchemaTable {
		faults = append(faults, &Error{Code: ResourceExhausted, Message: fmt.Sprintf("all handlers with their subroutes take %d bytes to announce, at most %d are allowed (Limits.SchemaTable)", size, m.limits.SchemaTable)})
	}
	return size, errors.Join(faults...)
}

// mayShareID reports whether a handler that is there, or nil, leaves its id to h: an id
// means one handler, of one name and kind, under all its subroutes.
func (h *handler) mayShareID(other *handler) bool {
	return other == nil || other.subroute == h.subroute || other.settings.name == h.settings.name && (other.stream == nil) == (h.stream == nil)
}

// needs returns fault, or, if there is none, that the first of these names that is
// followed by true is nil.
func needs(fault *Error, names ...any) *Error {
	for i := 0; i < len(names) && fault == nil; i += 2 {
		if names[i+1] == true {
			fault = &Error{Code: InvalidArgument, Message: names[i].(string) + " is nil"}
		}
	}
	return fault
}

// kind names what the handler serves.
func (h *handler) kind() string {
	if h.stream != nil {
		return "a stream"
	}
	return "a call"
}

// admit looks a handler up by its number on the wire.
func (r *registry) admit(route uint64, stream bool) (*handler, *wireError) {
	routes := *r.routes.Load()
	if route >= uint64(len(routes)) {
		return nil, refuse(UnknownHandler, "there is no handler with number %d", route)
	}
	h := routes[route]
	if stream != (h.stream != nil) {
		return nil, refuse(Incompatible, "handler %s is of the other kind", h)
	}
	return h, nil
}

// byID returns some handler with the id, or nil: under all its subroutes a
// handler has one shape.
func (r *registry) byID(id HandlerID) *handler {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.first[id]
}
