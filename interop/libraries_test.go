package interop_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"

	"github.com/gridrpc/gridc/interop/stranger"
	grid "github.com/gridrpc/gridc/runtime"
)

// offers are what a stranger may say of checksums.
var offers = map[string]string{"checksums": "x", "no checksums": "-", "either": "x-"}

// A foreign library dials a node: handshake, calls and streams each way.
func TestLibraryDials(t *testing.T) {
	for _, l := range libraries {
		for name, offer := range offers {
			t.Run(l.name+"/"+name, func(t *testing.T) {
				ctx := limited(t)
				n := startNode(t, grid.Options{Name: "beta", Peers: []grid.Peer{{Name: "alpha"}}})
				socket, err := l.dial(ctx, n.address)
				if err != nil {
					t.Fatal(err)
				}
				s, err := stranger.Dial(socket, configFor("alpha", "beta", offer))
				if err != nil {
					t.Fatal(err)
				}
				exercise(t, s, n.Connection("alpha"))
			})
		}
	}
}

// A node dials a foreign library: handshake, calls and streams each way.
func TestLibraryAccepts(t *testing.T) {
	for _, l := range libraries {
		for name, offer := range offers {
			t.Run(l.name+"/"+name, func(t *testing.T) {
				ctx := limited(t)
				address, sockets := l.listen(t)
				n := startNode(t, grid.Options{Name: "alpha", Peers: []grid.Peer{{Name: "beta", Address: address}}})
				select {
				case socket := <-sockets:
					s, err := stranger.Accept(socket, configFor("beta", "alpha", offer))
					if err != nil {
						t.Fatal(err)
					}
					exercise(t, s, n.Connection("beta"))
				case <-ctx.Done():
					t.Fatal("the node did not dial")
				}
			})
		}
	}
}

// A client of gorilla/websocket with its usual buffer of 4 KiB sends larger
// messages in fragments, up to 65 for the largest batch. The node joins them.
func TestLibraryThatFragments(t *testing.T) {
	n := startNode(t, grid.Options{Name: "beta", Peers: []grid.Peer{{Name: "alpha"}}})
	socket, err := dialGorillaWith(limited(t), n.address, 4096)
	if err != nil {
		t.Fatal(err)
	}
	s, err := stranger.Dial(socket, configFor("alpha", "beta", "-"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, size := range []int{4000, 5000, 70_000, 1_500_000} {
		got, err := s.Call(limited(t), uint64(idEcho), "", pattern(size))
		if err != nil || !bytes.Equal(got, pattern(size)) {
			t.Errorf("a call of %d bytes in fragments: %d bytes, %v", size, len(got), err)
		}
	}
}

// A stranger with another key is told so, in both roles.
func TestStrangerWithAnotherKey(t *testing.T) {
	wrong := func(name, target string) stranger.Config {
		c := configFor(name, target, "x-")
		c.Key = []byte("fedcba9876543210")
		return c
	}
	t.Run("dials", func(t *testing.T) {
		n := startNode(t, grid.Options{Name: "beta", Peers: []grid.Peer{{Name: "alpha"}}})
		socket, err := dialGorilla(limited(t), n.address)
		if err != nil {
			t.Fatal(err)
		}
		// The acceptor proves itself first, so it is the stranger that refuses.
		_, err = stranger.Dial(socket, wrong("alpha", "beta"))
		expectRejection(t, err)
	})
	t.Run("accepts", func(t *testing.T) {
		address, sockets := libraries[1].listen(t)
		startNode(t, grid.Options{Name: "alpha", Peers: []grid.Peer{{Name: "beta", Address: address}}})
		select {
		case socket := <-sockets:
			_, err := stranger.Accept(socket, wrong("beta", "alpha"))
			expectRejection(t, err)
		case <-limited(t).Done():
			t.Fatal("the node did not dial")
		}
	})
}

func expectRejection(t *testing.T, err error) {
	t.Helper()
	var r *stranger.Rejection
	if !errors.As(err, &r) || r.Code != string(grid.Unauthenticated) {
		t.Errorf("handshake: %v", err)
	}
}

func configFor(name, target, checksums string) stranger.Config {
	backwards := func(p []byte) []byte {
		slices.Reverse(p)
		return p
	}
	return stranger.Config{
		Name: name, Target: target, Key: []byte(key), Checksums: checksums,
		Serve:   map[uint64]func([]byte) []byte{uint64(idReverse): backwards},
		Streams: map[uint64]stranger.Streaming{uint64(idMirror): {In: 4, Out: 4, Handle: mirror}},
	}
}

// exercise proves a session between a stranger and a node: what the stranger
// can do, what the node can do with it, and that a clean end is one.
func exercise(t *testing.T, s *stranger.Session, c *grid.Connection) {
	t.Helper()
	defer s.Close()
	calls(t, s)
	refusals(t, s)
	streams(t, s)
	callStranger(t, c)
	openAtStranger(t, c)
	s.Close()
	if err := s.Ended(); err != stranger.ErrClosed {
		t.Errorf("the session ended with %v", err)
	}
}

// calls makes calls of all sizes at once, so that large ones mix.
func calls(t *testing.T, s *stranger.Session) {
	t.Helper()
	ctx := limited(t)
	var all sync.WaitGroup
	for _, size := range []int{0, 1, 300, 73_728, 73_729, 300_000, 1_500_000} {
		all.Go(func() {
			reply, err := s.Call(ctx, uint64(idEcho), "", pattern(size))
			if err != nil || !bytes.Equal(reply, pattern(size)) {
				t.Errorf("call of %d bytes: %d bytes, %v", size, len(reply), err)
			}
		})
	}
	for i := range 50 {
		all.Go(func() {
			sent := fmt.Sprintf("call %d", i)
			reply, err := s.Call(ctx, uint64(idEcho), "a/b", []byte(sent))
			if err != nil || string(reply) != sent+" under a/b" {
				t.Errorf("%s: %q, %v", sent, reply, err)
			}
		})
	}
	all.Wait()
}

func refusals(t *testing.T, s *stranger.Session) {
	t.Helper()
	var failure *stranger.Failure
	if _, err := s.Call(limited(t), uint64(idRefuse), "", nil); !errors.As(err, &failure) || failure.Code != "not_found" || failure.Outcome != 4 {
		t.Errorf("a call that its handler refuses: %v", err)
	}
	if _, err := s.Call(limited(t), 999, "", nil); !errors.As(err, &failure) || failure.Code != "unknown_handler" {
		t.Errorf("a call of an unknown handler: %v", err)
	}
}

// streams sends more than capacity and window hold at once, among it a message
// in chunks, and gives an endless stream up.
func streams(t *testing.T, s *stranger.Session) {
	t.Helper()
	ctx := limited(t)
	st, err := s.Open(ctx, uint64(idRelay), "", pattern(70_000))
	if err != nil {
		t.Fatal(err)
	}
	sizes := make([]int, 300)
	for i := range sizes {
		sizes[i] = 1000 + i
	}
	sizes[150] = 200_000
	var sending sync.WaitGroup
	defer sending.Wait()
	sending.Go(func() {
		for _, size := range sizes {
			if err := st.Send(pattern(size)); err != nil {
				t.Errorf("send: %v", err)
				return
			}
		}
		st.CloseSend()
	})
	for i, size := range append([]int{70_000}, sizes...) {
		if message, err := st.Recv(); err != nil || !bytes.Equal(message, pattern(size)) {
			t.Fatalf("message %d: %d bytes, %v", i, len(message), err)
		}
	}
	if _, err := st.Recv(); err != io.EOF {
		t.Errorf("after the last message: %v", err)
	}
	giveUp(ctx, t, s)
}

func giveUp(ctx context.Context, t *testing.T, s *stranger.Session) {
	t.Helper()
	st, err := s.Open(ctx, uint64(idCount), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		if message, err := st.Recv(); err != nil || string(message) != fmt.Sprint(i+1) {
			t.Fatalf("number %d: %q, %v", i+1, message, err)
		}
	}
	st.Cancel()
	if reply, err := s.Call(ctx, uint64(idEcho), "", []byte("still here")); err != nil || string(reply) != "still here" {
		t.Errorf("a call after a stream that was given up: %q, %v", reply, err)
	}
}
