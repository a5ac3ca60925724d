package handlers

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/lanes"
	"github.com/gridrpc/gridc/runtime/internal/meter"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/schema"
	"github.com/gridrpc/gridc/runtime/status"
)

// Handler is one registered handler. It is immutable but for InlinePenalty and Meter.
type Handler struct {
	M        *node.Node
	ID       status.HandlerID
	Subroute string
	Fault    *status.Error // why it cannot be registered, nil: it can
	Route    uint64        // its small number on the wire, the same in every session
	Settings Settings

	// One of the two is set.
	Single func(ctx context.Context, hc *Context, payload []byte) ([]byte, error)
	Stream func(ctx context.Context, payload []byte, st any) error // st is the stream: to assert its type once costs less than to know it here

	// Of a typed handler: what it is asked with, and what arrives on its stream, and who
	// looks at those messages, once they are decoded. Nil: nobody.
	Request, In reflect.Type
	Looks       *Looks

	// What stands around it, nil: nothing. Both call next at most once.
	AroundCall   func(ctx context.Context, peer string, payload []byte, next func(context.Context, []byte) ([]byte, error)) ([]byte, error)
	AroundStream func(ctx context.Context, peer string, payload []byte, next func(context.Context, []byte) error) error

	Meter *meter.Meter // counts what becomes of its calls or streams; changes

	InlinePenalty inlinePenalty // changes; says whether calls run on the reader
	Lane          lanes.Lane
	InCap         int // messages that a stream's handler holds unread; 0: it takes none
	OutCap        int // 0: it sends none
}

// Looks are called with messages that were decoded and not given to the handler yet. Their
// error refuses the message. Each may be nil.
type Looks struct {
	Shown   func(ctx context.Context, request any)       // before any rule is looked at
	Request func(ctx context.Context, request any) error // behind the rules of the schema
	In      func(ctx context.Context, message any) error
}

// String names the handler for logs and messages.
func (h *Handler) String() string {
	return Describe(h.ID, h.Settings.Name, h.Subroute)
}

// Describe names a handler for logs and messages.
func Describe(id status.HandlerID, name, subroute string) string {
	return status.DescribeHandler(id, name, subroute)
}

// Settings is what the options of a handler say.
type Settings struct {
	Name       string
	Timeout    time.Duration
	Lane       lanes.Lane
	Idempotent bool
	Reuse      bool

	OwnGoroutine bool
	Errors       map[status.Code]status.ErrorType
	InCap        int
	OutCap       int
	Table        *schema.Table
	Shape        *Shape // of the handler in table
	Annotations  []any  // of the schema's own; never changed
	Rules        bool   // what a caller sends has rules that codecs do not check
}

// sameTable reports whether nothing says that two handlers of one name are of two packages,
// which may be called the same.
func (s *Settings) sameTable(other *Settings) bool {
	return s.Table == nil || other.Table == nil || s.Table == other.Table
}

// Registry holds the handlers of a Manager. Handlers are added, never removed.
type Registry struct {
	mu     sync.Mutex // also held while routes are announced, so that none is announced twice or never
	byKey  map[RouteKey]*Handler
	first  map[status.HandlerID]*Handler // the first of each id
	size   int                           // bytes of all routes as they are announced
	routes atomic.Pointer[[]*Handler]    // by route number; replaced under mu, read without

	// Unknown counts the requests for numbers that no handler has, or one of the other
	// kind.
	Unknown meter.Meter
}

type RouteKey struct {
	ID       status.HandlerID
	Subroute string
}

func (r *Registry) Init() {
	r.byKey = make(map[RouteKey]*Handler)
	r.first = make(map[status.HandlerID]*Handler)
	r.routes.Store(new([]*Handler))
}

// Add registers all of the handlers or none, and has those who are connected told. The
// handlers belong to the registry.
func (r *Registry) Add(m *node.Node, added []*Handler, tell func([]*Handler)) error {
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
		h.M, h.Route, h.Meter = m, uint64(len(routes)), new(meter.Meter)
		routes = append(routes, h)
		r.byKey[RouteKey{h.ID, h.Subroute}] = h
		if r.first[h.ID] == nil {
			r.first[h.ID] = h
		}
	}
	r.routes.Store(&routes)
	tell(routes[len(old):])
	return nil
}

// Welcome has somebody new told of all handlers that there are. Those that are added
// later are told by add: none is told twice, or never.
func (r *Registry) Welcome(tell func([]*Handler)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	tell(*r.routes.Load())
}

// ForManager returns a copy of h, for one registry.
func (h *Handler) ForManager() *Handler {
	return &Handler{ID: h.ID, Subroute: h.Subroute, Settings: h.Settings, Fault: h.Fault,
		Single: h.Single, Stream: h.Stream, Request: h.Request, In: h.In, Lane: h.Lane, InCap: h.InCap, OutCap: h.OutCap}
}

// checkLocked returns what the size of all routes would be, or all faults.
func (r *Registry) checkLocked(m *node.Node, added []*Handler) (size int, err error) {
	var faults []error
	seen := make(map[RouteKey]*Handler)
	first := make(map[status.HandlerID]*Handler) // of those that are to be added
	size = r.size
	for _, h := range added {
		if h == nil {
			faults = append(faults, &status.Error{Code: status.InvalidArgument, Message: "a Registration that no handler's Handle has made"})
			continue
		}
		key := RouteKey{h.ID, h.Subroute}
		switch {
		case h.Fault != nil:
			faults = append(faults, fmt.Errorf("handler %s: %w", h, h.Fault))
		case h.ID == 0:
			faults = append(faults, &status.Error{Code: status.InvalidArgument, Message: "a handler needs an id from 1 to 65535"})
		case len(h.Subroute) > wire.MaxSubroute:
			faults = append(faults, &status.Error{Code: status.InvalidArgument, Message: fmt.Sprintf("the subroute of handler %d has %d bytes, at most %d are allowed", h.ID, len(h.Subroute), wire.MaxSubroute)})
		case min(h.InCap, h.OutCap) < 0 || max(h.InCap, h.OutCap) > wire.MaxCapacity:
			faults = append(faults, &status.Error{Code: status.InvalidArgument, Message: fmt.Sprintf("the capacities of handler %s are %d and %d, each must be 0 to %d", h, h.InCap, h.OutCap, wire.MaxCapacity)})
		case r.byKey[key] != nil:
			faults = append(faults, h.taken(r.byKey[key]))
		case seen[key] != nil:
			faults = append(faults, h.taken(seen[key]))
		}
		if first[h.ID] == nil {
			first[h.ID] = h
		}
		for _, other := range []*Handler{r.first[h.ID], first[h.ID]} {
			if !h.mayShareID(other) {
				faults = append(faults, h.cannotShare(other))
				break
			}
		}
		seen[key] = h
		size += len(h.AppendRoute(nil)) + 2*binary.MaxVarintLen64 // its number is not known yet
	}
	if size > m.Limits.SchemaTable {
		faults = append(faults, &status.Error{Code: status.ResourceExhausted, Message: fmt.Sprintf("all handlers with their subroutes take %d bytes to announce, at most %d are allowed (Limits.SchemaTable)", size, m.Limits.SchemaTable)})
	}
	return size, errors.Join(faults...)
}

// taken is the error for a handler whose id and subroute another has: itself, or one of
// another service, as of a product that gives its own ids.
func (h *Handler) taken(by *Handler) error {
	if h.Settings.Name != by.Settings.Name {
		return h.cannotShare(by)
	}
	return &status.Error{Code: status.AlreadyRegistered, Message: "handler " + h.String() + " is registered already"}
}

func (h *Handler) cannotShare(other *Handler) error {
	return &status.Error{Code: status.AlreadyRegistered, Message: fmt.Sprintf("handler id %d belongs to %s, %s, and cannot be %s, %s, too", h.ID, other, other.kind(), h, h.kind())}
}

// mayShareID reports whether a handler that is there, or nil, leaves its id to h: an id
// means one handler, of one name and kind, under all its subroutes.
func (h *Handler) mayShareID(other *Handler) bool {
	return other == nil || other.Subroute == h.Subroute ||
		other.Settings.Name == h.Settings.Name && (other.Stream == nil) == (h.Stream == nil) && other.Settings.sameTable(&h.Settings)
}

// Needs returns fault, or, if there is none, that the first of these names that is
// followed by true is nil.
func Needs(fault *status.Error, names ...any) *status.Error {
	for i := 0; i < len(names) && fault == nil; i += 2 {
		if names[i+1] == true {
			fault = &status.Error{Code: status.InvalidArgument, Message: names[i].(string) + " is nil"}
		}
	}
	return fault
}

// kind names what the handler serves.
func (h *Handler) kind() string {
	if h.Stream != nil {
		return "a stream"
	}
	return "a call"
}

// All returns the handlers, in the order of their registration.
func (r *Registry) All() []*Handler { return *r.routes.Load() }

// ByID returns some handler with the id, or nil: under all its subroutes a
// handler has one shape.
func (r *Registry) ByID(id status.HandlerID) *Handler {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.first[id]
}
