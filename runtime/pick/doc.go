// Package pick has policies for calls that any peer of a group may serve; see
// grid.Group.Any. Make the client once, and use it for all calls:
//
//	c := storage.NewStorageClient(m.Group("a", "b", "c").Any(pick.RoundRobin()))
//
// A policy orders the peers: the call is tried at the first one, then at the next. Peers
// that are not connected are left out before. A policy does not see the call itself, only
// its context.
package pick
