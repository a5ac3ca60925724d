// Package promgrid shows a node to Prometheus. A Collector has what the node's Snapshot
// tells, read when Prometheus scrapes; an Observer counts what only a watcher of calls
// can know. Both are collectors for a registry:
//
//	figures := promgrid.NewObserver(promgrid.Options{})
//	m, err := grid.NewManager(grid.Options{Observers: []grid.Observer{figures}, …})
//	registry.MustRegister(figures, promgrid.NewCollector(m, promgrid.Options{}))
//
// The Collector works without the Observer and costs calls nothing but their counting.
// Two nodes of one process are told apart by a label of the registry:
//
//	prometheus.WrapRegistererWith(prometheus.Labels{"node": m.Name()}, registry)
//
// # Cardinality
//
// How many series there are is bounded, whatever peers send: handlers are those of this
// node's schema, and those beyond Options.MaxHandlers are counted together as "other";
// of peers there are at most Options.MaxPeers; guests, whose names are their own choice,
// are a number; codes of errors are at most 64 for each handler. No series has a peer and
// a handler. Label values are valid UTF-8, for one that is not would fail the scrape.
package promgrid
