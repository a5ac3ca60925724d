package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// ask calls a handler of the peer, as a command says, and returns what came of it.
func ask(c *grid.Connection, how, handler, text string) string {
	n, err := strconv.ParseUint(handler, 10, 16)
	if err != nil {
		return err.Error()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	id := grid.HandlerID(n)
	said, err := asked(ctx, c, how, id, text)
	if err != nil {
		return "error " + err.Error()
	}
	return said
}

const megabytes = 16 << 20

func asked(ctx context.Context, c *grid.Connection, how string, id grid.HandlerID, text string) (string, error) {
	ctx = grid.WaitForReady(grid.WithMetadata(ctx, map[string]string{"trace": "7f"})) // the peer may know of the connection first
	switch how {
	case "call":
		reply, err := c.Request(ctx, id, []byte(text))
		return string(reply), err
	case "late":
		ctx, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		reply, err := c.Request(ctx, id, nil)
		return string(reply), err
	case "open":
		return open(ctx, c, id, text)
	case "leave":
		return leave(ctx, c, id)
	case "down":
		return takeMany(ctx, c, id)
	case "up":
		return sendMany(ctx, c, id)
	}
	return "", fmt.Errorf("there is no command %q", how)
}

func open(ctx context.Context, c *grid.Connection, id grid.HandlerID, text string) (string, error) {
	s, err := c.NewStream(ctx, id, []byte(text))
	if err != nil {
		return "", err
	}
	if s.Requests != nil {
		go func() {
			defer close(s.Requests)
			for _, word := range []string{"one", "two", "three"} {
				select {
				case s.Requests <- []byte(word):
				case <-ctx.Done():
					return
				}
			}
		}()
	}
	var all []string
	err = s.Results(func(msg []byte) error {
		all = append(all, string(msg))
		return nil
	})
	return strings.Join(all, ","), err
}

func leave(ctx context.Context, c *grid.Connection, id grid.HandlerID) (string, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := c.NewStream(ctx, id, nil)
	if err != nil {
		return "", err
	}
	first := <-s.Responses
	return string(first.Msg), first.Err
}

// takeMany reads a stream, of which each message begins with its number.
func takeMany(ctx context.Context, c *grid.Connection, id grid.HandlerID) (string, error) {
	s, err := c.NewStream(ctx, id, nil)
	if err != nil {
		return "", err
	}
	count, bytes := 0, 0
	err = s.Results(func(msg []byte) error {
		if binary.BigEndian.Uint32(msg) != uint32(count) { // fits: counted here
			return fmt.Errorf("message %d is missing", count)
		}
		count, bytes = count+1, bytes+len(msg)
		return nil
	})
	return fmt.Sprint(count, " ", bytes), err
}

func sendMany(ctx context.Context, c *grid.Connection, id grid.HandlerID) (string, error) {
	s, err := c.NewStream(ctx, id, nil)
	if err != nil {
		return "", err
	}
	const size = 64 << 10
	go func() {
		defer close(s.Requests)
		for i := range megabytes / size {
			select {
			case s.Requests <- numbered(i, size):
			case <-ctx.Done():
				return
			}
		}
	}()
	var last []byte
	err = s.Results(func(msg []byte) error {
		last = msg
		return nil
	})
	return string(last), err
}
