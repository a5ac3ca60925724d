package grid

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

func TestHandlerContext(t *testing.T) {
	m := &node{}
	m.clock.init()
	c := &handlerContext{s: &link{m: m, peer: "node1"}, h: &handler{subroute: "d/0"}, meta: map[string]string{"k": "v"}}
	if _, ok := c.Deadline(); ok || c.expired() {
		t.Error("a deadline that was not set")
	}
	before := time.Now()
	c.setDeadline(m.clock.now(), time.Hour)
	if c.Err() != nil || Cause(c) != nil || c.ended() {
		t.Error("ended before it began")
	}
	child := context.WithValue(c, metadataKey{}, "x")
	if GetCaller(child) != "node1" || GetSubroute(child) != "d/0" || GetMetadata(child)["k"] != "v" {
		t.Error("a child does not know its handler")
	}
	if d, ok := child.Deadline(); !ok || d.Before(before.Add(time.Hour)) || d.After(time.Now().Add(time.Hour)) || c.expired() {
		t.Error("another deadline")
	}
	done := c.Done()
	if done != c.Done() {
		t.Error("two channels")
	}
	reason := &Error{Code: Canceled, Message: "why"}
	c.cancel(endCanceled, reason)
	c.cancel(endLate, &Error{Message: "too late"})
	<-done
	if !errors.Is(c.Err(), context.Canceled) || Cause(child) != error(reason) {
		t.Errorf("%v, %v", c.Err(), Cause(child))
	}
}

func TestHandlerContextOutside(t *testing.T) {
	ctx := context.Background()
	if GetCaller(ctx) != "" || GetSubroute(ctx) != "" || GetMetadata(ctx) != nil || Cause(ctx) != nil {
		t.Error("something is known outside of a handler")
	}
}

func TestHandlerContextEndedUnseen(t *testing.T) {
	c := &handlerContext{s: &link{}}
	c.cancel(endLate, nil)
	select {
	case <-c.Done():
	default:
		t.Error("Done of an ended context is open")
	}
	ran := make(chan struct{})
	if stop := c.AfterFunc(func() { close(ran) }); stop() {
		t.Error("stopped what has begun")
	}
	<-ran
}

func TestHandlerContextAfterFunc(t *testing.T) {
	c := &handlerContext{s: &link{}}
	ran := make(chan int, 2)
	c.AfterFunc(func() { ran <- 1 })
	stop := c.AfterFunc(func() { ran <- 2 })
	if !stop() || stop() {
		t.Error("stop works once")
	}
	c.cancel(endCanceled, nil)
	if got := <-ran; got != 1 || len(ran) != 0 {
		t.Errorf("ran %d", got)
	}
}

// TestHandlerContextChildren derives, cancels and asks from many goroutines.
func TestHandlerContextChildren(t *testing.T) {
	c := &handlerContext{s: &link{}}
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			child, cancel := context.WithCancel(c)
			defer cancel()
			if i%5 == 0 {
				cancel()
			}
			<-child.Done()
			if child.Err() == nil {
				t.Error("done without error")
			}
		})
		wg.Go(func() { c.Err(); c.Done(); GetCaller(c); Cause(c) })
	}
	wg.Go(func() { c.cancel(endCanceled, nil) })
	wg.Wait()
	if len(c.after) != 0 {
		t.Errorf("%d children are left", len(c.after))
	}
}

func TestMetadataEncoding(t *testing.T) {
	ctx := WithMetadata(WithMetadata(t.Context(), map[string]string{"a": "1", "b": "2"}), map[string]string{"b": "3", "": ""})
	b, err := outgoingMetadata(ctx)
	if err != nil {
		t.Fatal(err)
	}
	md, err := parseMetadata(b)
	if err != nil || len(md) != 3 || md["a"] != "1" || md["b"] != "3" {
		t.Errorf("%v, %v", md, err)
	}
	for n := range b {
		if _, err := parseMetadata(b[:n:n]); !errors.Is(err, errFrame) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	if _, err := outgoingMetadata(WithMetadata(t.Context(), map[string]string{"k": string(make([]byte, maxMetadata))})); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too much: %v", err)
	}
}
