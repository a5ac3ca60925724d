package promgrid_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	grid "github.com/gridrpc/gridc/runtime"

	"github.com/gridrpc/gridc/promgrid"
)

// A node that serves its metrics beside its handlers.
func Example() {
	figures := promgrid.NewObserver(promgrid.Options{})
	m, err := grid.NewManager(grid.Options{
		Name: "node1", Auth: grid.SharedKey([]byte("a secret of at least 16 bytes")),
		Peers:     []grid.Peer{{Name: "node2"}},
		Observers: []grid.Observer{figures},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = m.Shutdown(context.Background()) }()

	registry := prometheus.NewRegistry()
	registry.MustRegister(figures, promgrid.NewCollector(m, promgrid.Options{}))
	mux := http.NewServeMux()
	mux.Handle(grid.DefaultPath, m.Handler())
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))

	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for line := range strings.Lines(answer.Body.String()) {
		if strings.HasPrefix(line, "grid_peer") {
			fmt.Print(line)
		}
	}
	// Output:
	// grid_peer_received_bytes_total{peer="node2"} 0
	// grid_peer_sent_bytes_total{peer="node2"} 0
	// grid_peer_sessions_total{peer="node2"} 0
	// grid_peer_up{peer="node2"} 0
	// grid_peers 1
	// grid_peers_connected 0
	// grid_peers_left_out 0
}
