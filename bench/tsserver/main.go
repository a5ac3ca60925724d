// Command tsserver serves the work of the bench by gridc, connect and grpc-go, for the
// clients in ts/bench: it prints where each listens, and ends with its standard input.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/gridrpc/gridc/bench/internal/peer"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	if err := serveGrid(); err != nil {
		return err
	}
	for _, name := range []string{"connect", "grpc-go"} {
		p, found := peer.Find(name)
		if !found {
			return fmt.Errorf("there is no peer %s", name)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		stop, err := p.Serve(l, nil)
		if err != nil {
			return err
		}
		defer stop()
		fmt.Println(name, l.Addr())
	}
	fmt.Println("pid", os.Getpid())
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

const headerTimeout = 5 * time.Second
