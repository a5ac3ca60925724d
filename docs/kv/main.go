// Command kv is the example of docs/guide.md: nodes that keep texts under keys and call
// each other, and a tool that calls them. Both prove who they are by certificates.
//
//	certs -dir certs a b '*.operator'
//	kv -name a -listen 127.0.0.1:7001 -peers b
//	kv -name b -listen 127.0.0.1:7002 -peers a=127.0.0.1:7001
//	kv -to a=127.0.0.1:7001 put greeting hello
//
// Start with store.go for the server, client.go for the client, node.go for what joins the
// two.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// flags are the command line: of a node, or of a tool.
type flags struct {
	name, listen, certs string
	peers               []grid.Peer
	to                  grid.Peer
	command             []string // of a tool
}

// run is main without the process around it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := &flags{}
	set := flag.NewFlagSet("kv", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.Usage = func() {
		fmt.Fprint(stderr, "usage: kv -name NAME [-listen HOST:PORT] [-peers NAME[=HOST:PORT],...]\n       kv -to NAME=HOST:PORT COMMAND\n\n")
		set.PrintDefaults()
	}
	set.StringVar(&f.name, "name", "", "be a node with this `name`")
	set.StringVar(&f.listen, "listen", "127.0.0.1:0", "`address` to listen on; port 0 takes a free one")
	set.StringVar(&f.certs, "certs", "certs", "`folder` of the certificates")
	set.Func("peers", "the other nodes, as `name=host:port,...`; without an address of those that dial", func(list string) (err error) {
		f.peers, err = parsePeers(list)
		return err
	})
	set.Func("to", "be a tool, and call this node, `name=host:port`", func(one string) (err error) {
		f.to, err = parsePeer(one)
		return err
	})
	if err := set.Parse(args); err != nil {
		return 2
	}
	f.command = set.Args()
	if (f.name == "") == (f.to.Name == "") {
		set.Usage()
		return 2
	}
	work := callOnce
	if f.name != "" {
		work = serve
	}
	if err := work(ctx, f, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "kv:", err)
		return 1
	}
	return 0
}

// parsePeers reads the list of the other nodes.
func parsePeers(list string) (peers []grid.Peer, err error) {
	for one := range strings.SplitSeq(list, ",") {
		p, err := parsePeer(one)
		if err != nil {
			return nil, err
		}
		peers = append(peers, p)
	}
	return peers, nil
}

// parsePeer reads a name, and an address where this end is to dial: then it does, whatever
// the names say.
func parsePeer(one string) (grid.Peer, error) {
	name, address, _ := strings.Cut(one, "=")
	if name == "" {
		return grid.Peer{}, fmt.Errorf("%q is not name=host:port", one)
	}
	return grid.Peer{Name: name, Address: address, Dial: address != ""}, nil
}

// serve is one node, until ctx ends.
func serve(ctx context.Context, f *flags, stdout, stderr io.Writer) error {
	id, err := loadIdentity(f.certs, f.name)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", f.listen)
	if err != nil {
		return err
	}
	n, err := startNode(l, f.name, f.peers, id, slog.New(slog.NewTextHandler(stderr, nil)))
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, "listening on", l.Addr())
	select {
	case <-ctx.Done():
	case err := <-n.served: // the node is of no use any more
		n.served <- err
	}
	return n.stop()
}

// callOnce is a tool.
func callOnce(ctx context.Context, f *flags, stdout, _ io.Writer) error {
	m, err := dialAsTool(f.certs, f.to)
	if err != nil {
		return err
	}
	err = runTool(ctx, m, f.to.Name, f.command, stdout)
	soon, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return errors.Join(err, m.Shutdown(soon))
}
