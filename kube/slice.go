package kube

import (
	"cmp"
	"maps"
	"net"
	"slices"
	"strconv"

	grid "github.com/gridrpc/gridc/runtime"
)

// slice is the part of a discovery.k8s.io/v1 EndpointSlice that names peers.
type slice struct {
	Metadata    metadata   `json:"metadata"`
	AddressType string     `json:"addressType"`
	Endpoints   []endpoint `json:"endpoints"`
	Ports       []port     `json:"ports"`
}

type metadata struct {
	Name            string `json:"name"`
	ResourceVersion string `json:"resourceVersion"`
}

type endpoint struct {
	Addresses  []string `json:"addresses"`
	Hostname   *string  `json:"hostname"`
	Conditions struct {
		Ready *bool `json:"ready"` // nil: unknown, which is to be taken as true
	} `json:"conditions"`
	TargetRef *struct {
		Kind string `json:"kind"`
		Name string `json:"name"`
	} `json:"targetRef"`
}

type port struct {
	Name *string `json:"name"`
	Port *int32  `json:"port"`
}

// families are the address types in the order in which they are preferred. A pod of two
// has an endpoint in slices of each.
var families = []string{"IPv4", "IPv6", "FQDN"}

// peersOf are the peers of some slices, by name. While slices are rewritten an endpoint
// may be in two of them; and its address may be in one of each family.
func peersOf(all map[string]*slice, portName string) []grid.Peer {
	found := make(map[string]string) // addresses by name
	for _, family := range families {
		for _, name := range slices.Sorted(maps.Keys(all)) {
			if s := all[name]; s.AddressType == family {
				s.collect(portName, found)
			}
		}
	}
	peers := make([]grid.Peer, 0, len(found))
	for name, address := range found {
		peers = append(peers, grid.Peer{Name: name, Address: address})
	}
	slices.SortFunc(peers, func(a, b grid.Peer) int { return cmp.Compare(a.Name, b.Name) })
	return peers
}

// collect adds the endpoints that are ready, but for those whose name is there already.
func (s *slice) collect(portName string, found map[string]string) {
	number := s.portNumber(portName)
	if number == 0 {
		return
	}
	for i := range s.Endpoints {
		e := &s.Endpoints[i]
		name := e.name()
		if name == "" || len(e.Addresses) == 0 || e.Conditions.Ready != nil && !*e.Conditions.Ready {
			continue
		}
		if _, there := found[name]; !there {
			found[name] = net.JoinHostPort(e.Addresses[0], strconv.Itoa(number))
		}
	}
}

// portNumber is that of the port of a name, or of the only one; 0: there is none.
func (s *slice) portNumber(name string) int {
	for _, p := range s.Ports {
		if p.Port == nil || name == "" && len(s.Ports) > 1 || name != "" && (p.Name == nil || *p.Name != name) {
			continue
		}
		return int(*p.Port)
	}
	return 0
}

// name is what the node calls itself: its hostname in a StatefulSet, else its pod.
func (e *endpoint) name() string {
	switch {
	case e.Hostname != nil && *e.Hostname != "":
		return *e.Hostname
	case e.TargetRef != nil && e.TargetRef.Kind == "Pod":
		return e.TargetRef.Name
	}
	return ""
}
