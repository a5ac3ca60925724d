// Command storage is a small storage cluster over gridc: three servers with two
// disks each, where a disk is a folder and a file is a file.
//
// Without flags it is a guided tour: it starts the three servers on loopback,
// one of them as a process of its own, and shows what they say to each other. It
// ends by itself, with status 0 if every answer was the expected one.
//
// With -node it is one server of such a cluster:
//
//	head -c 32 /dev/urandom > /tmp/key
//	storage -node a -listen 127.0.0.1:7001 -data /tmp/a -key-file /tmp/key -peers b=127.0.0.1:7002,c=127.0.0.1:7003
//	storage -node b -listen 127.0.0.1:7002 -data /tmp/b -key-file /tmp/key -peers a=127.0.0.1:7001,c=127.0.0.1:7003
//	storage -node c -listen 127.0.0.1:7003 -data /tmp/c -key-file /tmp/key -peers a=127.0.0.1:7001,b=127.0.0.1:7002
//
// Start with disk.go for the server, tour_calls.go for the client, node.go for
// what joins the two.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit statuses.
const (
	exitOK    = 0
	exitFail  = 1 // something was not as expected
	exitUsage = 2
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is main without the process around it.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	f, err := parseFlags(args, stderr)
	if err != nil {
		return exitUsage
	}
	if f.help {
		return exitOK
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if f.node == "" {
		err = tour(ctx, stdout)
	} else {
		err = serve(ctx, f, stdin, stdout, stderr)
	}
	if err != nil {
		fmt.Fprintln(stderr, "storage:", err)
		return exitFail
	}
	return exitOK
}
