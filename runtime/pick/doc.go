// Package pick has policies for calls that any peer of a group may serve, see
// grid.Group.Any:
//
//	c := storage.NewStorageClient(m.Group("a", "b", "c").Any(pick.RoundRobin()))
//
// A policy only says at which peer a call is tried first, and at which ones then; those
// that are not connected are left out before. It knows nothing of what is called.
package pick
