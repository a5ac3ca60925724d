package kube

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"

	grid "github.com/gridrpc/gridc/runtime"
)

// Resolver is a grid.Resolver of the pods behind a Service. Its fields do not change once
// it is used. Only Service is required within a pod; outside of a cluster Server and
// Client say where the API server is and how it is reached, as `kubectl proxy` offers.
type Resolver struct {
	// Service is the name of the Service.
	Service string
	// Namespace is that of the Service. "": the one of this pod.
	Namespace string
	// Port is the name of the Service's port that nodes are dialed at. "": its only one.
	Port string

	// Server is the URL of the API server. "": that of the cluster that this pod is in.
	Server string
	// Client makes the requests; it must have no Timeout, which would cut watches. Nil: one
	// that trusts the cluster's certificate, with the token of this pod's service account,
	// which is read anew for each request, for it changes.
	Client *http.Client

	account string // folder of the service account; "": where Kubernetes mounts it

	once  sync.Once
	api   *api
	fault error
}

// Resolve implements grid.Resolver: it names the pods, again after each change. It returns
// an error when the API server cannot be reached, or refuses.
func (r *Resolver) Resolve(ctx context.Context, update func([]grid.Peer)) error {
	r.once.Do(func() { r.api, r.fault = r.open() })
	if r.fault != nil {
		return r.fault
	}
	f := &following{api: r.api, port: r.Port, update: update}
	for {
		err := f.list(ctx)
		for err == nil {
			err = f.watch(ctx) // nil: it ended as watches do after a while
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case !errors.Is(err, errGone):
			return err
		}
	}
}

// errGone says that the server no longer knows what changed since the last list: it is
// read anew.
var errGone = errors.New("kube: the resource version is too old")

// following is a Resolve under way. It belongs to one goroutine.
type following struct {
	api    *api
	port   string
	update func([]grid.Peer)

	known   map[string]*slice // by name
	version string            // of what is known
	named   []grid.Peer       // last
	told    bool
}

// list reads all slices, and names their peers if they are news.
func (f *following) list(ctx context.Context) error {
	all, version, err := f.api.list(ctx)
	if err != nil {
		return err
	}
	f.known, f.version = make(map[string]*slice, len(all)), version
	for _, s := range all {
		f.known[s.Metadata.Name] = s
	}
	f.tell()
	return nil
}

// watch follows changes until the watch ends.
func (f *following) watch(ctx context.Context) error {
	return f.api.watch(ctx, f.version, func(e *event) error {
		if e.Type == "ERROR" {
			return e.status.fault("watching")
		}
		f.version = e.slice.Metadata.ResourceVersion
		switch e.Type {
		case "ADDED", "MODIFIED":
			f.known[e.slice.Metadata.Name] = e.slice
		case "DELETED":
			delete(f.known, e.slice.Metadata.Name)
		default: // a bookmark, or what only a newer server sends
			return nil
		}
		f.tell()
		return nil
	})
}

// tell names the peers, if they are others than before.
func (f *following) tell() {
	now := peersOf(f.known, f.port)
	if f.told && slices.Equal(f.named, now) {
		return
	}
	f.named, f.told = now, true
	f.update(now)
}
