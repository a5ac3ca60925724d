package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"github.com/gridrpc/gridc/bench/gen/echo"
	grid "github.com/gridrpc/gridc/runtime"
)

// serveGrid starts a node called "server", with default limits, that takes "page".
func serveGrid() error {
	m, err := grid.NewManager(grid.Options{
		Name:     "server",
		Peers:    []grid.Peer{{Name: "page"}},
		Auth:     grid.InsecureNoAuth(),
		Register: func(m *grid.Manager) error { return echo.RegisterEcho(m, server{}) },
		Logger:   slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle(grid.DefaultPath, m.Handler())
	s := &http.Server{Handler: mux, ReadHeaderTimeout: headerTimeout}
	go func() { _ = s.Serve(l) }()
	fmt.Println("gridc", l.Addr())
	return nil
}

// server answers calls; the rest is not measured from Node.
type server struct{ echo.UnimplementedEchoServer }

// Call implements echo.EchoServer.
func (server) Call(_ context.Context, req *echo.Request) (*echo.Response, error) {
	return &echo.Response{Text: req.Text, Data: req.Data}, nil
}
