package mux

import (
	"testing"

	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/status"
)

// BenchmarkRoutes finds a handler of the peer, among 40, by its number alone, and by
// number and subroute in one map of all.
func BenchmarkRoutes(b *testing.B) {
	table := make(RouteTable)
	for id := range 40 {
		table[handlers.RouteKey{ID: status.HandlerID(id + 1)}] = new(peerRoute)
	}
	x := split(table)
	keys := [8]handlers.RouteKey{}
	for i := range keys {
		keys[i].ID = status.HandlerID(4*i + 1)
	}
	b.Run("number", func(b *testing.B) {
		for i := range b.N {
			if x.find(keys[i%8]) == nil {
				b.Fatal("not found")
			}
		}
	})
	b.Run("number and subroute", func(b *testing.B) {
		for i := range b.N {
			if table[keys[i%8]] == nil {
				b.Fatal("not found")
			}
		}
	})
}
