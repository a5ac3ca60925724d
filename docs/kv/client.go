package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/gridrpc/gridc/docs/kv/gen/kv"
	grid "github.com/gridrpc/gridc/runtime"
)

// putAnywhere sets a value at the first node that takes it.
func putAnywhere(ctx context.Context, nodes []*grid.Connection, e *kv.Entry) (err error) {
	for _, node := range nodes {
		err = kv.NewKVClient(node).Put(ctx, e)
		switch grid.OutcomeOf(err) { // 0 of nil
		case grid.NotSent, grid.Rejected:
			continue // it certainly did not run: the next node may do it
		case grid.MayHaveRun:
			return putOrNot(ctx, node, e, err)
		}
		return err // it ran: with nil, or with what the handler has returned
	}
	return err
}

// putOrNot finds out whether a Put has run of which nobody knows. Only the service knows
// how to ask: the runtime does not guess, and sends nothing twice.
func putOrNot(ctx context.Context, node *grid.Connection, e *kv.Entry, doubt error) error {
	got, err := kv.NewKVClient(node).Get(grid.WaitForReady(ctx), &kv.Key{Name: e.Key})
	switch {
	case err == nil && got.Value == e.Value:
		return nil
	case err == nil, isNotFound(err):
		return fmt.Errorf("%s was not set: %w", e.Key, doubt)
	}
	return doubt
}

// isNotFound reports whether an error is the declared one.
func isNotFound(err error) bool {
	var missing *kv.NotFound
	return errors.As(err, &missing)
}

// load sends entries on one stream, and waits for the handler's response.
func load(ctx context.Context, c grid.Caller, entries []*kv.Entry) (*kv.LoadResponse, error) {
	up, err := kv.NewKVClient(c).Load(ctx)
	if err != nil {
		return nil, err
	}
	defer up.Close() // after CloseAndRecv it does nothing
	for _, e := range entries {
		if err := up.Send(e); err != nil { // waits while the handler reads nothing
			break // CloseAndRecv tells why
		}
	}
	return up.CloseAndRecv()
}

// lookup asks for many keys on one stream, and receives while it sends.
func lookup(ctx context.Context, c grid.Caller, keys []string) (map[string]string, error) {
	both, err := kv.NewKVClient(c).Lookup(ctx)
	if err != nil {
		return nil, err
	}
	go func() { // ends when all is sent, or the stream is over
		for _, key := range keys {
			if both.Send(&kv.Key{Name: key}) != nil {
				return // Recv tells why
			}
		}
		_ = both.CloseSend() // likewise
	}()
	values := make(map[string]string)
	for e, err := range both.All() {
		if err != nil {
			return nil, err
		}
		values[e.Key] = e.Value
	}
	return values, nil
}

// watch prints entries until ctx ends. A node that shuts down ends the stream in good
// order: then it goes on with the node's next process, as long as wait lets it.
func watch(ctx context.Context, c grid.Caller, prefix string, out io.Writer) error {
	for ctx.Err() == nil {
		entries, err := kv.NewKVClient(c).Watch(grid.WaitForReady(ctx), &kv.WatchRequest{Prefix: prefix})
		if err != nil {
			return err
		}
		for e, err := range entries.All() { // leaving the loop ends the stream
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "%s = %s\n", e.Key, e.Value)
		}
	}
	return ctx.Err()
}
