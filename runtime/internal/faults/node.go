package faults

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// key is the shared key of all nodes here.
var key = []byte("faults: sixteen!")

// QuickLimits notice a dead peer within a second, and come back as fast.
func QuickLimits() grid.Limits {
	return grid.Limits{
		Handshake: time.Second, PingInterval: 400 * time.Millisecond, PongTimeout: 400 * time.Millisecond,
		WriteStall: 400 * time.Millisecond, BackoffMin: 10 * time.Millisecond, BackoffMax: 200 * time.Millisecond,
	}
}

// Notice is by when a dead peer is noticed, promise P8: two pings and a write
// timeout.
func Notice(l grid.Limits) time.Duration { return 2*l.PingInterval + l.WriteStall }

// Node is a Manager behind a real http.Server.
type Node struct {
	*grid.Manager
	*Service
	door     *door
	server   *http.Server
	listener net.Listener
	done     chan error
	stop     func() error
}

// StartNode starts a node that serves on a listener. The options need no key and
// no handlers.
func StartNode(o grid.Options, l net.Listener, r Recorder) (*Node, error) {
	n := &Node{Service: NewService(r), listener: l, done: make(chan error, 1)}
	o.Auth, o.Register = grid.SharedKey(key), n.Service.Register
	m, err := grid.NewManager(o)
	if err != nil {
		return nil, err
	}
	n.Manager = m
	mux := http.NewServeMux()
	n.door = &door{Handler: m.Handler()}
	mux.Handle(grid.DefaultPath, n.door)
	n.server = &http.Server{Handler: mux, ErrorLog: slog.NewLogLogger(o.Logger.Handler(), slog.LevelWarn)}
	n.stop = sync.OnceValue(n.drain)
	go func() { n.done <- n.server.Serve(l) }()
	return n, nil
}

// Address is where the node listens.
func (n *Node) Address() string { return n.listener.Addr().String() }

// Stop drains the node and ends its server. Only the first call does.
func (n *Node) Stop() error { return n.stop() }

func (n *Node) drain() error {
	n.Open()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := n.Shutdown(ctx)
	err = errors.Join(err, n.server.Close())
	if served := <-n.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
