package handlers

import (
	"context"
	"errors"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/mux/link"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

func TestHandlerContext(t *testing.T) {
	m := &node.Node{}
	m.Clock.Init()
	c := &Context{S: &link.Link{M: m, Peer: "node1"}, H: &Handler{Subroute: "d/0"}}
	c.SetMeta(map[string]string{"k": "v"})
	if _, ok := c.Deadline(); ok || c.Expired() {
		t.Error("a deadline that was not set")
	}
	before := time.Now()
	c.SetDeadline(m.Clock.Now(), time.Hour)
	if c.Err() != nil || Cause(c) != nil || c.Ended() {
		t.Error("ended before it began")
	}
	child := context.WithValue(c, carriedKey{}, "x")
	if GetCaller(child) != "node1" || GetSubroute(child) != "d/0" || GetMetadata(child)["k"] != "v" {
		t.Error("a child does not know its handler")
	}
	if d, ok := child.Deadline(); !ok || d.Before(before.Add(time.Hour)) || d.After(time.Now().Add(time.Hour)) || c.Expired() {
		t.Error("another deadline")
	}
	done := c.Done()
	if done != c.Done() {
		t.Error("two channels")
	}
	reason := &status.Error{Code: status.Canceled, Message: "why"}
	c.Cancel(EndCanceled, reason)
	c.Cancel(EndLate, &status.Error{Message: "too late"})
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
	c := &Context{S: &link.Link{}}
	c.Cancel(EndLate, nil)
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
	c := &Context{S: &link.Link{}}
	ran := make(chan int, 2)
	c.AfterFunc(func() { ran <- 1 })
	stop := c.AfterFunc(func() { ran <- 2 })
	if !stop() || stop() {
		t.Error("stop works once")
	}
	c.Cancel(EndCanceled, nil)
	if got := <-ran; got != 1 || len(ran) != 0 {
		t.Errorf("ran %d", got)
	}
}

// TestHandlerContextChildren derives, cancels and asks from many goroutines.
func TestHandlerContextChildren(t *testing.T) {
	c := &Context{S: &link.Link{}}
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
	wg.Go(func() { c.Cancel(EndCanceled, nil) })
	wg.Wait()
	if c.rare != nil && len(c.rare.after) != 0 {
		t.Errorf("%d children are left", len(c.rare.after))
	}
}

func TestMetadataEncoding(t *testing.T) {
	ctx := WithMetadata(WithMetadata(t.Context(), map[string]string{"a": "1", "b": "2"}), map[string]string{"b": "3", "": ""})
	b, _, err := Carried(ctx)
	if err != nil {
		t.Fatal(err)
	}
	md, err := ParseMetadata(b)
	if err != nil || len(md) != 3 || md["a"] != "1" || md["b"] != "3" {
		t.Errorf("%v, %v", md, err)
	}
	for n := range b {
		if _, err := ParseMetadata(b[:n:n]); !errors.Is(err, wire.ErrFrame) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	if _, _, err := Carried(WithMetadata(t.Context(), map[string]string{"k": string(make([]byte, MaxMetadata))})); !errors.Is(err, status.ErrTooLarge) {
		t.Errorf("too much: %v", err)
	}
	if _, _, err := Carried(WithMetadata(t.Context(), map[string]string{"k": string(make([]byte, MaxMetadata-2-4-1))})); err != nil {
		t.Errorf("as much as may be: %v", err)
	}
}

// What counts for an answer that is queued cannot be changed any more, by goroutines that
// the handler has left: whether there was metadata or none.
func TestSealedTrailer(t *testing.T) {
	for what, set := range map[string]func(*Context) error{
		"nothing":   func(*Context) error { return nil },
		"metadata":  func(c *Context) error { c.SetMeta(map[string]string{"k": "v"}); return nil },
		"a trailer": func(c *Context) error { return SetTrailer(c, map[string]string{"a": "1"}) },
	} {
		c := &Context{S: &link.Link{}}
		if err := set(c); err != nil {
			t.Fatal(err)
		}
		came, trailer, sent := GetMetadata(c), string(c.Trailer()), SentTrailer(c)
		c.SealTrailer()
		c.SealTrailer()
		if err := SetTrailer(c, map[string]string{"late": "1"}); err == nil {
			t.Errorf("%s: a trailer was set behind the answer", what)
		}
		if !maps.Equal(GetMetadata(c), came) || string(c.Trailer()) != trailer || !maps.Equal(SentTrailer(c), sent) {
			t.Errorf("%s: %v, %q, %v after it was sealed", what, GetMetadata(c), c.Trailer(), SentTrailer(c))
		}
	}
}

// The end of a handler, which mostly takes no lock, and those who ask about it at that
// moment: whoever sees an error finds the channel closed, every channel is closed in the
// end, every function of AfterFunc runs or is stopped, and no trailer is set behind the
// end. Run with -race.
func TestHandlerContextEndsWhileAsked(t *testing.T) {
	for range 500 {
		c := &Context{S: &link.Link{}}
		ran := make(chan struct{}, 1)
		var wg sync.WaitGroup
		wg.Go(func() {
			done := c.Done()
			if c.Err() != nil {
				select {
				case <-c.Done():
				default:
					t.Error("an error before the channel is closed")
				}
			}
			<-done
			if c.Err() == nil || context.Cause(c) == nil {
				t.Error("the channel is closed without an error")
			}
		})
		wg.Go(func() {
			if stop := c.AfterFunc(func() { ran <- struct{}{} }); stop() {
				ran <- struct{}{}
			}
			<-ran
		})
		var accepted bool
		var sealed []byte
		wg.Go(func() { accepted = SetTrailer(c, map[string]string{"a": "1"}) == nil })
		wg.Go(c.Returned)
		wg.Go(func() {
			c.SealTrailer()
			sealed = c.Trailer()
		})
		wg.Go(func() { c.Cancel(EndLate, &status.Error{Code: status.DeadlineExceeded}) })
		wg.Wait()
		if accepted != (len(sealed) > 0) {
			t.Errorf("a trailer was accepted: %v, and %q is sent", accepted, sealed)
		}
		if !c.Ended() || c.Running() || SetTrailer(c, map[string]string{"b": "2"}) == nil {
			t.Error("a handler that has returned goes on")
		}
	}
}

// What is known already stays, and facts do not touch each other.
func TestHandlerState(t *testing.T) {
	seen := endFacts
	for _, f := range []facts{handlerLeft, trailerSealed, payloadKept, underLock} {
		if seen&f != 0 {
			t.Errorf("fact %b is another, too", f)
		}
		seen |= f
	}
	for _, asked := range []bool{false, true} {
		c := &Context{S: &link.Link{}}
		if asked {
			c.Done()
		}
		c.Keep()
		if !c.Kept() || c.Ended() || !c.Running() {
			t.Errorf("asked %v: kept %v, ended %v, running %v", asked, c.Kept(), c.Ended(), c.Running())
		}
		c.SealTrailer()
		if !c.Kept() || c.Ended() || !c.Running() {
			t.Errorf("asked %v, sealed: kept %v, ended %v, running %v", asked, c.Kept(), c.Ended(), c.Running())
		}
		c.Cancel(EndLate, nil)
		c.Returned()
		if err := c.Err(); !errors.Is(err, context.DeadlineExceeded) || c.Running() || !c.Kept() {
			t.Errorf("asked %v: %v, running %v, kept %v", asked, err, c.Running(), c.Kept())
		}
	}
}
