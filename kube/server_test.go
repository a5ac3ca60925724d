package kube

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
)

// fakeServer is an API server with the endpointslices of one namespace, as far as the
// documentation of Kubernetes says how they are listed and watched. It is safe for
// concurrent use.
type fakeServer struct {
	*httptest.Server
	t *testing.T

	mu      sync.Mutex
	version int
	slices  map[string]map[string]any // by name
	history []change
	oldest  int           // version from which changes are kept
	changed chan struct{} // closed and replaced at each change
	down    bool          // requests are cut off
	token   string        // "": none is asked for
	lists   int
	pages   int           // the most items of a page; 0: as many as are asked for
	watched chan struct{} // one for each watch that has begun; never full

	// Of the next watch alone.
	answer func(w http.ResponseWriter) // in place of the watch
	after  []string                    // lines that follow the first event, then the watch ends
}

// change is an event of the past.
type change struct {
	version int
	kind    string
	slice   map[string]any
}

const testService = "storage"

func newFakeServer(t *testing.T) *fakeServer {
	t.Helper()
	s := &fakeServer{t: t, version: 10, oldest: 10, slices: make(map[string]map[string]any), changed: make(chan struct{}), watched: make(chan struct{}, 1000)}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

func (s *fakeServer) resolver() *Resolver {
	return &Resolver{Service: testService, Namespace: "ns", Server: s.URL, Client: s.Client()}
}

// set makes a slice what it is from now on; nil removes it.
func (s *fakeServer) set(name string, slice map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	kind, before := "ADDED", s.slices[name]
	switch {
	case slice == nil && before == nil:
		return
	case slice == nil:
		kind, slice = "DELETED", maps.Clone(before)
		delete(s.slices, name)
	case before != nil:
		kind = "MODIFIED"
	}
	slice["metadata"] = map[string]any{"name": name, "namespace": "ns", "resourceVersion": strconv.Itoa(s.version), "labels": map[string]any{"kubernetes.io/service-name": testService}}
	if kind != "DELETED" {
		s.slices[name] = slice
	}
	s.history = append(s.history, change{s.version, kind, slice})
	s.wakeLocked()
}

func (s *fakeServer) wakeLocked() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// compact forgets the changes so far.
func (s *fakeServer) compact() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	s.oldest, s.history = s.version, nil
}

// with changes the server itself.
func (s *fakeServer) with(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	s.wakeLocked()
}

func (s *fakeServer) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	token, down := s.token, s.down
	s.mu.Unlock()
	query := r.URL.Query()
	switch {
	case down:
		panic(http.ErrAbortHandler)
	case r.URL.Path != "/apis/discovery.k8s.io/v1/namespaces/ns/endpointslices" || r.Method != http.MethodGet:
		fail(w, http.StatusNotFound, "the server could not find the requested resource")
	case query.Get("labelSelector") != "kubernetes.io/service-name="+testService:
		fail(w, http.StatusBadRequest, "no selector")
	case token != "" && r.Header.Get("Authorization") != "Bearer "+token:
		fail(w, http.StatusUnauthorized, "Unauthorized")
	case query.Get("watch") != "":
		s.watch(w, r)
	default:
		s.list(w, query.Get("continue"), query.Get("limit"))
	}
}

func fail(w http.ResponseWriter, code int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(failure(code, message))
}

func failure(code int, message string) map[string]any {
	return map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}
}

func (s *fakeServer) list(w http.ResponseWriter, from, limit string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lists++
	most, err := strconv.Atoi(limit)
	if err != nil {
		fail(w, http.StatusBadRequest, "limit")
		return
	}
	if s.pages > 0 {
		most = min(most, s.pages)
	}
	meta, items := map[string]any{"resourceVersion": strconv.Itoa(s.version)}, []any{}
	for _, name := range slices.Sorted(maps.Keys(s.slices)) {
		if name <= from {
			continue
		}
		if len(items) == most {
			meta["continue"] = items[most-1].(map[string]any)["metadata"].(map[string]any)["name"]
			break
		}
		items = append(items, s.slices[name])
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"kind": "EndpointSliceList", "apiVersion": "discovery.k8s.io/v1", "metadata": meta, "items": items})
}

func (s *fakeServer) watch(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	answer, after := s.answer, s.after
	s.answer, s.after = nil, nil
	version, err := strconv.Atoi(r.URL.Query().Get("resourceVersion"))
	tooOld := version < s.oldest
	s.mu.Unlock()
	switch {
	case err != nil:
		fail(w, http.StatusBadRequest, "resourceVersion")
		return
	case answer != nil:
		answer(w)
		return
	case tooOld:
		fail(w, http.StatusGone, "too old resource version")
		return
	}
	_ = http.NewResponseController(w).Flush()
	s.watched <- struct{}{}
	for {
		s.mu.Lock()
		events, changed, down := s.since(version), s.changed, s.down
		s.mu.Unlock()
		if down {
			panic(http.ErrAbortHandler)
		}
		for _, e := range events {
			_ = json.NewEncoder(w).Encode(map[string]any{"type": e.kind, "object": e.slice})
			version = e.version
			for _, line := range after {
				_, _ = fmt.Fprintln(w, line)
			}
			if len(after) > 0 {
				return
			}
		}
		_ = http.NewResponseController(w).Flush()
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

func (s *fakeServer) since(version int) (events []change) {
	for _, e := range s.history {
		if e.version > version {
			events = append(events, e)
		}
	}
	return events
}

// pods are endpoints of these peers, as those of a StatefulSet have them.
func pods(peers ...grid.Peer) map[string]any {
	endpoints, number := []any{}, 0
	for _, p := range peers {
		host, portText, _ := strings.Cut(p.Address, ":")
		number, _ = strconv.Atoi(portText)
		endpoints = append(endpoints, map[string]any{
			"addresses": []string{host}, "hostname": p.Name, "conditions": map[string]any{"ready": true},
			"targetRef": map[string]any{"kind": "Pod", "name": p.Name},
		})
	}
	return map[string]any{"addressType": "IPv4", "endpoints": endpoints, "ports": []any{map[string]any{"name": "grid", "port": number, "protocol": "TCP"}}}
}
