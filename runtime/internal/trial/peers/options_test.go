package peers_test

import (
	"strings"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
)

func TestOptionsNameAllFaults(t *testing.T) {
	o := grid.Options{
		Peers:  []grid.Peer{{Name: ""}, {Name: "a", Address: "no port"}, {Name: "a"}, {Name: strings.Repeat("n", 256)}},
		Path:   "grid",
		Limits: grid.Limits{Hello: -7, Handshake: -5, BulkWindow: 1, Reassembly: 1, StreamWindowMax: 1, BackoffMax: 1},
	}
	_, err := grid.NewManager(o)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"Options.Name", "Options.Auth", "Options.Peers[0].Name", "Options.Peers[1].Address", "Options.Peers[2].Name", "Options.Peers[3].Name",
		"Options.Path", "-7", "-5ns", "BulkWindow", "Reassembly", "StreamWindowMax", "BackoffMax",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %s in: %v", want, err)
		}
	}
	_, err = grid.NewManager(grid.Options{Name: "a", Auth: grid.InsecureNoAuth(), Limits: grid.Limits{SendQueue: streams.MaxSendQueue + 1, StreamWindowMax: streams.MaxStreamWindow + 1}})
	if err == nil || !strings.Contains(err.Error(), "SendQueue: 1073741825 is more") || !strings.Contains(err.Error(), "StreamWindowMax: 1073741825 is more") {
		t.Errorf("more than can be counted: %v", err)
	}
	if _, err := grid.NewManager(grid.Options{Name: "a", Auth: grid.SharedKey([]byte("short"))}); err == nil || !strings.Contains(err.Error(), "at least 16") {
		t.Errorf("a short key: %v", err)
	}
}
