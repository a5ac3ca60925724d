// Package debug shows a running node on a page, for people and programs: which peers are
// connected and why not, what became of the calls of each handler and how long they took,
// who waits for whom, what is near its limit. It is mounted as net/http/pprof is:
//
//	http.Handle("/debug/grid/", debug.Handler(manager))
//
// What it answers, below the path that it is mounted at:
//
//	/debug/grid/          the page, which follows the node while it is open
//	/debug/grid/?json     grid.Snapshot as JSON, see there; its version is in the field "version"
//	/debug/grid/?stream   the same once a second, as server-sent events
//	/debug/grid/healthz   200 while the node is live, else 503; the body is grid.Health as JSON
//	/debug/grid/readyz    200 while it is ready, else 503
//
// Probes may have a listener of their own, without the page: mount the same handler at the
// two paths alone, as
//
//	probes.Handle("/healthz", handler)
//	probes.Handle("/readyz", handler)
//
// It only reads, and has no authentication of its own: it shows names, addresses and
// reasons, so mount it where only operators come, or behind a handler that asks who they
// are. It uses the standard library alone; the page loads nothing from elsewhere.
package debug
