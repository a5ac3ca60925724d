// Command certs makes what nodes need for mutual TLS: an authority of your own, and for
// each name a certificate that is good for a client and a server, as a node is both.
//
//	certs -dir certs node1 node2 node3 '*.operator'
//
// It writes ca.pem, which every node and tool gets; ca-key.pem, which stays where
// certificates are made; and NAME.pem and NAME-key.pem for who is called NAME. Run again
// with further names, it signs them with the same authority. A name that begins with "*."
// is for a tool that has a name for each of its runs; its files have the name without that.
//
// It is for trying things out, and for clusters that have no authority yet.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is main without the process around it.
func run(args []string, stdout, stderr io.Writer) int {
	set := flag.NewFlagSet("certs", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.Usage = func() {
		fmt.Fprint(stderr, "usage: certs [-dir DIR] [-days N] NAME...\n\n")
		set.PrintDefaults()
	}
	dir := set.String("dir", "certs", "`folder` of the certificates")
	days := set.Int("days", 365, "how many days they are valid")
	if err := set.Parse(args); err != nil {
		return 2
	}
	if set.NArg() == 0 || *days < 1 {
		set.Usage()
		return 2
	}
	if err := makeAll(*dir, time.Duration(*days)*24*time.Hour, set.Args(), stdout); err != nil {
		fmt.Fprintln(stderr, "certs:", err)
		return 1
	}
	return 0
}

// makeAll makes the authority, if there is none yet, and a certificate for each name.
func makeAll(dir string, valid time.Duration, names []string, stdout io.Writer) error {
	for _, name := range names {
		if err := checkName(name); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	a, err := openAuthority(dir, valid)
	if err != nil {
		return err
	}
	for _, name := range names {
		file, err := a.issue(name, valid)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		fmt.Fprintln(stdout, file)
	}
	return nil
}
