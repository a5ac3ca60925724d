// Package proc runs each measurement in a process of its own, and the server of
// it in another one where that is asked for. The program starts itself again:
// what a process is, its first argument says.
package proc

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/pprof"

	"github.com/gridrpc/gridc/bench/internal/load"
	"github.com/gridrpc/gridc/bench/internal/peer"
)

// The first arguments of processes that are started by this package.
const (
	measureRole = "-as-measurement"
	serveRole   = "-as-server"
)

// Job is what a measuring process is to do, and its server.
type Job struct {
	Peer    string
	Cell    load.Cell
	Round   int    // from 0; programs take turns
	Profile string // file for a CPU profile, or ""
}

// Main plays the part that args ask for, and tells whether there was one.
func Main(args []string) bool {
	if len(args) != 2 {
		return false
	}
	var err error
	switch args[0] {
	case measureRole:
		err = measure(args[1])
	case serveRole:
		err = serve(args[1], os.Stdin, os.Stdout)
	default:
		return false
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return true
}

// measure does a job and prints what it found.
func measure(text string) error {
	var job Job
	if err := json.Unmarshal([]byte(text), &job); err != nil {
		return err
	}
	m, err := Do(context.Background(), job)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(m)
}

// Do does a job in this process; its server is another one if the cell says so.
func Do(ctx context.Context, job Job) (load.Metrics, error) {
	p, ok := peer.Find(job.Peer)
	if !ok {
		return nil, fmt.Errorf("there is no peer %q", job.Peer)
	}
	heap := load.NewHeap(job.Cell.Heap)
	defer heap.Keep()
	if job.Cell.OwnServer() {
		return profiled(job.Profile, func() (load.Metrics, error) { return load.Run(ctx, p, job.Cell, load.Server{}) })
	}
	start := serveHere
	if job.Cell.Split {
		start = serveThere
	}
	server, stop, err := start(p, job.Cell)
	if err != nil {
		return nil, err
	}
	defer stop()
	return profiled(job.Profile, func() (load.Metrics, error) { return load.Run(ctx, p, job.Cell, server) })
}

// profiled runs fn with a CPU profile into a file, unless that is "".
func profiled(path string, fn func() (load.Metrics, error)) (load.Metrics, error) {
	if path == "" {
		return fn()
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	m, err := fn()
	pprof.StopCPUProfile()
	return m, errors.Join(err, f.Close())
}

// serveHere serves in this process as a cell asks for it.
func serveHere(p peer.Peer, c load.Cell) (s load.Server, stop func(), err error) {
	var secure *tls.Config
	if c.TLS {
		if secure, s.Certificate, err = peer.NewIdentity(); err != nil {
			return s, nil, err
		}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return s, nil, err
	}
	s.Address = ln.Addr().String()
	stop, err = p.Serve(ln, secure)
	return s, stop, err
}
