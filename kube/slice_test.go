package kube

import (
	"encoding/json"
	"net/http"
	"testing"
)

func writeEvent(w http.ResponseWriter, kind string, object any) {
	_ = json.NewEncoder(w).Encode(map[string]any{"type": kind, "object": object})
}

// Slices as the API server has them, and who is in them.
func TestPeersOfSlices(t *testing.T) {
	for _, c := range []struct {
		what, port, want string
		slices           []string
	}{
		{what: "ready, not ready, and unknown, which counts", want: "a=10.0.0.1:9000 c=10.0.0.3:9000", slices: []string{`{
			"addressType": "IPv4", "ports": [{"name": "grid", "port": 9000}], "endpoints": [
				{"addresses": ["10.0.0.1", "10.9.9.9"], "hostname": "a", "conditions": {"ready": true}},
				{"addresses": ["10.0.0.2"], "hostname": "b", "conditions": {"ready": false, "serving": true, "terminating": true}},
				{"addresses": ["10.0.0.3"], "hostname": "c", "conditions": {}}]}`}},
		{what: "a hostname, else the pod, else nobody", want: "a=10.0.0.1:9000 pod-b=10.0.0.2:9000", slices: []string{`{
			"addressType": "IPv4", "ports": [{"port": 9000}], "endpoints": [
				{"addresses": ["10.0.0.1"], "hostname": "a", "targetRef": {"kind": "Pod", "name": "pod-a"}},
				{"addresses": ["10.0.0.2"], "targetRef": {"kind": "Pod", "name": "pod-b"}},
				{"addresses": ["10.0.0.3"], "targetRef": {"kind": "Node", "name": "node-c"}},
				{"addresses": ["10.0.0.4"]},
				{"addresses": [], "hostname": "e"}]}`}},
		{what: "two ports and no name: it is not known which", want: "", slices: []string{`{
			"addressType": "IPv4", "ports": [{"name": "x", "port": 1}, {"name": "grid", "port": 9000}], "endpoints": [{"addresses": ["10.0.0.1"], "hostname": "a"}]}`}},
		{what: "two ports and a name", port: "grid", want: "a=10.0.0.1:9000", slices: []string{`{
			"addressType": "IPv4", "ports": [{"name": "x", "port": 1}, {"name": "grid", "port": 9000}], "endpoints": [{"addresses": ["10.0.0.1"], "hostname": "a"}]}`}},
		{what: "no such port, or one without a number", port: "grid", want: "", slices: []string{
			`{"addressType": "IPv4", "ports": [{"name": "x", "port": 1}], "endpoints": [{"addresses": ["10.0.0.1"], "hostname": "a"}]}`,
			`{"addressType": "IPv4", "ports": [{"name": "grid"}], "endpoints": [{"addresses": ["10.0.0.2"], "hostname": "b"}]}`,
			`{"addressType": "IPv4", "ports": null, "endpoints": null}`}},
		{what: "two families: the first is preferred, in whatever order they come", want: "a=10.0.0.1:9000 b=[fd00::2]:9000", slices: []string{
			`{"addressType": "IPv6", "ports": [{"port": 9000}], "endpoints": [{"addresses": ["fd00::1"], "hostname": "a"}, {"addresses": ["fd00::2"], "hostname": "b"}]}`,
			`{"addressType": "IPv4", "ports": [{"port": 9000}], "endpoints": [{"addresses": ["10.0.0.1"], "hostname": "a"}]}`}},
		{what: "one endpoint in two slices, while they are rewritten", want: "a=10.0.0.1:9000", slices: []string{
			`{"addressType": "IPv4", "ports": [{"port": 9000}], "endpoints": [{"addresses": ["10.0.0.1"], "hostname": "a"}]}`,
			`{"addressType": "IPv4", "ports": [{"port": 9000}], "endpoints": [{"addresses": ["10.0.0.1"], "hostname": "a"}]}`}},
		{what: "a type that only a newer server has", want: "", slices: []string{`{"addressType": "IPv8", "ports": [{"port": 9000}], "endpoints": [{"addresses": ["x"], "hostname": "a"}]}`}},
	} {
		all := make(map[string]*slice)
		for i, text := range c.slices {
			s := new(slice)
			if err := json.Unmarshal([]byte(text), s); err != nil {
				t.Fatal(err)
			}
			all[string(rune('a'+i))] = s
		}
		got := ""
		for _, p := range peersOf(all, c.port) {
			if got != "" {
				got += " "
			}
			got += p.Name + "=" + p.Address
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}
