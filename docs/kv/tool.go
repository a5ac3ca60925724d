package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/gridrpc/gridc/docs/kv/gen/kv"
	grid "github.com/gridrpc/gridc/runtime"
)

// dialAsTool returns a node that only calls. Peers let it in by their Options.Accept.
func dialAsTool(certs string, to grid.Peer) (*grid.Manager, error) {
	id, err := loadIdentity(certs, "operator") // for every name that ends in ".operator"
	if err != nil {
		return nil, err
	}
	return grid.NewManager(grid.Options{
		Name:     grid.UniqueName("operator"), // so that it can run in two shells at once
		CallOnly: true,
		Peers:    []grid.Peer{to},
		Auth:     grid.TLSIdentity(),
		TLS:      id.dialing,
		Logger:   slog.New(slog.DiscardHandler), // the error of a call says why there is no connection
	})
}

// errUsage is a command that is none.
var errUsage = errors.New("the commands are: get KEY, put KEY VALUE, watch PREFIX")

// runTool does one command at a node.
func runTool(ctx context.Context, m *grid.Manager, node string, command []string, out io.Writer) error {
	ctx = grid.WaitForReady(ctx) // the first call waits for the connection
	c := m.Connection(node)
	switch {
	case len(command) == 2 && command[0] == "get":
		e, err := kv.NewKVClient(c).Get(ctx, &kv.Key{Name: command[1]})
		if err == nil {
			fmt.Fprintln(out, e.Value)
		}
		return err
	case len(command) == 3 && command[0] == "put":
		return kv.NewKVClient(c).Put(ctx, &kv.Entry{Key: command[1], Value: command[2]})
	case len(command) == 2 && command[0] == "watch":
		return watch(ctx, c, command[1], out)
	}
	return errUsage
}
