package mux

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/schema"
	"github.com/gridrpc/gridc/runtime/status"
)

// What a peer has announced, for who has no schema of it.

// AnnouncedHandler is a handler of the peer, as its routes say.
type AnnouncedHandler struct {
	Key           handlers.RouteKey
	Stream        bool
	InCap, OutCap int
	HasShape      bool
}

// Announced returns the handlers that the peer has announced so far, by id and
// subroute.
func (s *Session) Announced() []AnnouncedHandler {
	newest := make(map[handlers.RouteKey]*peerRoute)
	s.routes.Load().all(func(key handlers.RouteKey, r *peerRoute) {
		if newest[key] == nil {
			newest[key] = r
		}
	})
	all := make([]AnnouncedHandler, 0, len(newest))
	for key, r := range newest {
		all = append(all, AnnouncedHandler{Key: key, Stream: r.Stream, InCap: r.InCap, OutCap: r.OutCap, HasShape: r.digest != 0})
	}
	slices.SortFunc(all, func(a, b AnnouncedHandler) int {
		return cmp.Or(cmp.Compare(a.Key.ID, b.Key.ID), cmp.Compare(a.Key.Subroute, b.Key.Subroute))
	})
	return all
}

// atOnce is how many shapes are asked for before the first of them is there: far
// fewer than the answers that a peer lets wait for who does not read.
const atOnce = 32

// maxReflected is how many tables of the largest size that a peer may announce the
// shapes of all its handlers may take together.
const maxReflected = 16

// Shapes asks the peer for the shapes of handlers, and returns those that have one.
func (s *Session) Shapes(ctx context.Context, ids []status.HandlerID) (map[status.HandlerID]*schema.Table, *status.Error) {
	asked := make([]*verdict, len(ids))
	size, found := 0, make(map[status.HandlerID]*schema.Table)
	for i, id := range ids {
		for ahead := i; ahead < min(i+atOnce, len(ids)); ahead++ {
			if asked[ahead] == nil {
				asked[ahead] = s.verdicts.ask(ids[ahead], nil, "")
			}
		}
		if err := s.awaitVerdict(ctx, asked[i], s.Limits.CallTimeout, handlers.Describe(id, "", "")); err != nil {
			return nil, err
		}
		theirs := asked[i].theirs
		if theirs.table.Handler(uint16(id)) != nil {
			found[id] = theirs.table
		}
		if size += theirs.size; size > maxReflected*s.Limits.SchemaTable {
			return nil, &status.Error{Code: status.ResourceExhausted, Outcome: status.NotSent,
				Message: fmt.Sprintf("the schemas of the handlers at %s have more than %d bytes", status.Quoted(s.Peer), maxReflected*s.Limits.SchemaTable)}
		}
	}
	return found, nil
}
