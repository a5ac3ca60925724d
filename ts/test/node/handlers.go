package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// The handlers, by number; test/lab.ts has the same.
const (
	echo grid.HandlerID = iota + 1
	fail
	slow
	meta
	down
	up
	chat
	endless
	back
)

type handlers struct{ m *grid.Manager }

func (h *handlers) register(m *grid.Manager) error {
	h.m = m
	calls := map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){
		echo: func(_ context.Context, p []byte) ([]byte, error) { return p, nil },
		fail: func(_ context.Context, p []byte) ([]byte, error) { return nil, grid.NewError(grid.NotFound, string(p)) },
		slow: runSlow,
		meta: runMeta,
		back: h.callBack,
	}
	var err error
	for id, fn := range calls {
		err = errors.Join(err, m.RegisterSingleHandler(id, fn))
	}
	err = errors.Join(err, m.RegisterSingleHandler(echo, func(_ context.Context, p []byte) ([]byte, error) { return append([]byte("sub "), p...), nil }, "a", "b"))
	for id, s := range map[grid.HandlerID]grid.StreamHandler{
		down:    {Handle: runDown, OutCapacity: 64},
		up:      {Handle: runUp, InCapacity: 64, OutCapacity: 1},
		chat:    {Handle: runChat, InCapacity: 4, OutCapacity: 4},
		endless: {Handle: runEndless, OutCapacity: 16},
	} {
		err = errors.Join(err, m.RegisterStreamingHandler(id, s))
	}
	return err
}

// runSlow tells when it is canceled, and why.
func runSlow(ctx context.Context, _ []byte) ([]byte, error) {
	say("slow began")
	<-ctx.Done()
	say("slow ended", codeOf(grid.Cause(ctx)))
	return nil, ctx.Err()
}

// runMeta answers with what it knows of the call.
func runMeta(ctx context.Context, _ []byte) ([]byte, error) {
	deadline, limited := ctx.Deadline()
	left := time.Duration(0)
	if limited {
		left = time.Until(deadline).Round(time.Second)
	}
	return fmt.Appendf(nil, "%s %s %s", grid.GetCaller(ctx), grid.GetMetadata(ctx)["trace"], left), nil
}

// callBack calls the caller's handler 1 while it is being called.
func (h *handlers) callBack(ctx context.Context, p []byte) ([]byte, error) {
	return h.m.Connection(grid.GetCaller(ctx)).Request(ctx, 1, p)
}

// runDown sends messages: "count size". Each begins with its number.
func runDown(ctx context.Context, payload []byte, _ <-chan []byte, out chan<- []byte) error {
	var count, size int
	if _, err := fmt.Sscan(string(payload), &count, &size); err != nil {
		return grid.NewError(grid.InvalidArgument, err.Error())
	}
	for i := range count {
		if err := send(ctx, out, numbered(i, size)); err != nil {
			return err
		}
	}
	return nil
}

func numbered(i, size int) []byte {
	msg := make([]byte, max(size, 4))
	binary.BigEndian.PutUint32(msg, uint32(i)) // fits: counted here
	return msg
}

func send(ctx context.Context, out chan<- []byte, msg []byte) error {
	select {
	case out <- msg:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// receive returns nil, nil at the end of the input.
func receive(ctx context.Context, in <-chan []byte) ([]byte, error) {
	select {
	case msg := <-in:
		return msg, nil
	case <-ctx.Done():
		return nil, grid.Cause(ctx)
	}
}

// runUp counts what comes, and answers with messages and bytes.
func runUp(ctx context.Context, _ []byte, in <-chan []byte, out chan<- []byte) error {
	count, bytes := 0, 0
	for {
		msg, err := receive(ctx, in)
		if err != nil {
			say("up cut", codeOf(err))
			return err
		}
		if msg == nil {
			return send(ctx, out, []byte(strconv.Itoa(count)+" "+strconv.Itoa(bytes)))
		}
		if binary.BigEndian.Uint32(msg) != uint32(count) { // fits: counted here
			return grid.NewError(grid.Internal, "a message is missing")
		}
		count, bytes = count+1, bytes+len(msg)
	}
}

// runChat sends each message back, and fails at "fail".
func runChat(ctx context.Context, _ []byte, in <-chan []byte, out chan<- []byte) error {
	for {
		msg, err := receive(ctx, in)
		switch {
		case err != nil:
			return err
		case msg == nil:
			return nil
		case string(msg) == "fail":
			return grid.NewError(grid.PermissionDenied, "as you say")
		}
		if err := send(ctx, out, msg); err != nil {
			return err
		}
	}
}

// runEndless sends until its client has left, and tells when.
func runEndless(ctx context.Context, payload []byte, _ <-chan []byte, out chan<- []byte) error {
	for i := 0; ; i++ {
		if err := send(ctx, out, numbered(i, 1000)); err != nil {
			say("endless ended", codeOf(grid.Cause(ctx)))
			return err
		}
	}
}

// codeOf is the code of an error, for the test to read.
func codeOf(err error) string {
	var e *grid.Error
	if errors.As(err, &e) {
		return string(e.Code)
	}
	return fmt.Sprint(err)
}
