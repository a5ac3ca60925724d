// Command dashboard runs two storage nodes, each with disks that are folders of real files,
// and a page that shows them live: the page watches streams of the nodes, and the nodes call
// the page when a disk goes offline.
//
//	go run ./examples/dashboard
//
// It prints the address of the page. The scripts that the page loads are in the folder page,
// so nothing but Go is needed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"

	"crypto/rand"

	grid "github.com/gridrpc/gridc/runtime"
)

var names = []string{"alpha", "beta"}

func main() {
	listen := flag.String("listen", "127.0.0.1", "the address that the nodes listen at")
	port := flag.Int("port", 0, "the port of the first node, the second has the next; 0: any")
	data := flag.String("data", "", "where the disks are; default: a temporary folder")
	token := flag.String("token", "", "what the page has to show; default: a random one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *listen, *port, *data, *token); err != nil {
		slog.Error("dashboard", "err", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, host string, port int, data, token string) error {
	if data == "" {
		folder, err := os.MkdirTemp("", "dashboard")
		if err != nil {
			return err
		}
		defer os.RemoveAll(folder)
		data = folder
	}
	if token == "" {
		token = rand.Text()
	}
	peers := make([]grid.Peer, len(names))
	listeners := make([]net.Listener, len(names))
	for i, name := range names {
		at := 0
		if port != 0 {
			at = port + i
		}
		l, err := net.Listen("tcp", fmt.Sprintf("%s:%d", host, at))
		if err != nil {
			return err
		}
		listeners[i], peers[i] = l, grid.Peer{Name: name, Address: l.Addr().String()}
	}
	key := []byte(rand.Text() + rand.Text()) // of the two nodes; no page ever sees it
	for i, name := range names {
		n, err := startNode(name, peers, key, token, filepath.Join(data, name), listeners[i])
		if err != nil {
			return errors.Join(err, listeners[i].Close())
		}
		defer n.stop()
	}
	fmt.Printf("open http://%s/#%s\n", peers[0].Address, token)
	fmt.Printf("the disks are folders below %s: move one away, or let the page do so\n", data)
	<-ctx.Done()
	return nil
}
