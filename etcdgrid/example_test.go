package etcdgrid_test

import (
	"context"
	"log"
	"net/http"
	"os/signal"
	"syscall"

	clientv3 "go.etcd.io/etcd/client/v3"

	grid "github.com/gridrpc/gridc/runtime"

	"github.com/gridrpc/gridc/etcdgrid"
)

// A node that finds its peers in etcd, and is found there.
func Example() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{"10.0.0.1:2379", "10.0.0.2:2379", "10.0.0.3:2379"}})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	m, err := grid.NewManager(grid.Options{
		Name: "node1", Auth: grid.SharedKey([]byte("a secret of at least 16 bytes")),
		Resolver: &etcdgrid.Resolver{Client: client, Prefix: "grid/nodes/"},
	})
	if err != nil {
		log.Fatal(err)
	}
	http.Handle(grid.DefaultPath, m.Handler())
	go func() { log.Print(http.ListenAndServe(":9000", nil)) }()

	announcer := &etcdgrid.Announcer{Client: client, Prefix: "grid/nodes/", Peer: grid.Peer{Name: "node1", Address: "10.0.0.7:9000"}}
	if err := announcer.Run(ctx); err != nil { // until SIGTERM; the others hear of it at once
		log.Fatal(err)
	}
	_ = m.Shutdown(context.Background())
}
