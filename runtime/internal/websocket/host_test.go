package websocket_test

import (
	"bufio"
	"net"
	"net/http"
	"testing"

	"github.com/gridrpc/gridc/runtime/internal/websocket"
)

// The Host of an upgrade is the address without the port that goes without saying,
// as proxies have it in their rules.
func TestHostWithoutTheDefaultPort(t *testing.T) {
	for _, row := range []struct {
		address string
		tls     bool
		want    string
	}{
		{"node.example:80", false, "node.example"}, {"node.example:443", true, "node.example"}, {"[::1]:443", true, "[::1]"},
		{"node.example:443", false, "node.example:443"}, {"node.example:80", true, "node.example:80"}, {"node.example:8080", false, "node.example:8080"},
	} {
		near, far := net.Pipe()
		host := make(chan string, 1)
		go func() {
			defer far.Close()
			r, err := http.ReadRequest(bufio.NewReader(far))
			if err != nil {
				host <- err.Error()
				return
			}
			host <- r.Host
		}()
		_, err := websocket.AskUpgrade(near, websocket.Target{Address: row.address, TLS: row.tls}.Host(), "/grid/v1")
		if got := <-host; got != row.want || err == nil {
			t.Errorf("%s, TLS %v: Host %q, want %q; %v", row.address, row.tls, got, row.want, err)
		}
		near.Close()
	}
}
