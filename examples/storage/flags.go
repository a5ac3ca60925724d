package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strings"

	grid "github.com/gridrpc/gridc/runtime"
)

// flags are the command line. An empty node means the tour.
type flags struct {
	node     string
	listen   string
	peers    []grid.Peer
	service  string // of Kubernetes, whose pods are the peers
	data     string
	keyFile  string
	attached bool
	help     bool
}

// parseFlags reads the command line. What is wrong with it has been printed,
// together with the usage, when it returns an error.
func parseFlags(args []string, stderr io.Writer) (*flags, error) {
	f := &flags{}
	set := flag.NewFlagSet("storage", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.Usage = func() {
		fmt.Fprint(stderr, "usage: storage        a tour of a cluster of three servers\n"+
			"       storage -node NAME -data DIR -key-file FILE [-listen HOST:PORT] [-peers NAME=ADDR,… | -kubernetes SERVICE]\n\n")
		set.PrintDefaults()
	}
	set.StringVar(&f.node, "node", "", "be one server of a cluster, with this `name`")
	set.StringVar(&f.listen, "listen", "127.0.0.1:0", "`address` to listen on; port 0 takes a free one")
	set.Func("peers", "the other servers, as `name=host:port,…`", f.addPeers)
	set.StringVar(&f.service, "kubernetes", "", "the other servers are the pods behind this headless `service`, see examples/kubernetes")
	set.StringVar(&f.data, "data", "", "`folder` of the disks, which are created in it")
	set.StringVar(&f.keyFile, "key-file", "", "`file` with the key that all servers share, at least 16 bytes")
	set.BoolVar(&f.attached, "attached", false, "end when standard input ends, for a server with a parent")
	err := set.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		f.help = true
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	if err := f.check(set); err != nil {
		fmt.Fprintln(stderr, "storage:", err)
		set.Usage()
		return nil, err
	}
	return f, nil
}

func (f *flags) addPeers(list string) error {
	for item := range strings.SplitSeq(list, ",") {
		name, address, ok := strings.Cut(item, "=")
		if !ok || name == "" {
			return fmt.Errorf("%q is not name=host:port", item)
		}
		if _, _, err := net.SplitHostPort(address); err != nil {
			return err
		}
		f.peers = append(f.peers, grid.Peer{Name: name, Address: address})
	}
	return nil
}

// check finds what the flags lack together.
func (f *flags) check(set *flag.FlagSet) error {
	switch {
	case set.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", set.Arg(0))
	case f.node == "" && set.NFlag() > 0:
		return errors.New("the tour takes no flags; a server has a name, see -node")
	case f.node == "":
		return nil
	case len(f.peers) > 0 && f.service != "":
		return errors.New("-peers and -kubernetes both name the other servers")
	case f.data == "":
		return errors.New("-node needs -data")
	case f.keyFile == "":
		return errors.New("-node needs -key-file")
	}
	return nil
}
