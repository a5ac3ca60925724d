// Package debug shows a running node on a page, for people and programs: which
// peers are connected and why not, how the calls of each handler ended and how long
// they took, who waits for whom, and what is near its limit. Mount it like
// net/http/pprof:
//
//	http.Handle("/debug/grid/", debug.Handler(manager))
//
// It answers at these paths, below the path where it is mounted:
//
//	/debug/grid/          the page, which follows the node while it is open
//	/debug/grid/?json     grid.Snapshot as JSON, see there; its version is in the field "version"
//	/debug/grid/?stream   the same once a second, as server-sent events
//	/debug/grid/healthz   200 while the node is live, else 503; the body is grid.Health as JSON
//	/debug/grid/readyz    200 while it is ready, else 503
//
// Probes may have a listener of their own, without the page. Then mount the same
// handler only at these two paths:
//
//	probes.Handle("/healthz", handler)
//	probes.Handle("/readyz", handler)
//
// It only reads, and has no authentication of its own. It shows names, addresses
// and reasons. So mount it where only operators come, or wrap it in a handler that
// authenticates its callers. It uses only the standard library; the page loads
// nothing from elsewhere.
package debug
