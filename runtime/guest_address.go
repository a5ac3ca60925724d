package grid

import (
	"context"
	"net/http"

	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/status"
)

// hostOf returns whom the handshake of a guest is counted for. It reports false if the request is
// answered already: GuestOptions.Address has not returned in time, or runs for too many others.
func (g *guests) hostOf(w http.ResponseWriter, r *http.Request) (host string, ok bool) {
	host = hostOf(r.RemoteAddr)
	if g.address == nil {
		return host, true
	}
	slot := g.asking.Take(host)
	if slot == nil {
		g.m.turnTooMany(w, r)
		return "", false
	}
	ctx, cancel := context.WithTimeout(status.Fenced(r.Context()), g.limits.Handshake)
	defer cancel()
	defer context.AfterFunc(g.m.node.Closing, cancel)()
	asked := r.WithContext(ctx)
	said, err := node.Within(ctx, &g.m.node, "GuestOptions.Address", func(*node.ForeignCall) (string, error) {
		defer slot.Release() // not before: a call that never returns keeps its slot
		return g.address(asked), nil
	})
	if _, hung := err.(*node.NotReturned); hung {
		g.m.node.Log.Error("grid: handshake given up", "remote", r.RemoteAddr, "reason", status.LoggedReason(err.Error()))
		http.Error(w, "the node is not able to admit guests at the moment", http.StatusServiceUnavailable)
		return "", false
	}
	if err != nil {
		return host, true // a panic, which is logged
	}
	return said, true
}
