package gridtest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gridrpc/gridc/runtime/gridtest"
)

// inBubble runs a test in fake time on a network of its own.
func inBubble(t *testing.T, test func(t *testing.T, n *gridtest.Network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := gridtest.NewNetwork(1)
		defer n.Close()
		test(t, n)
	})
}

// connect listens on a host, if nobody does, and returns both ends of a
// connection to it.
func connect(t *testing.T, n *gridtest.Network, from, to string) (dialer, acceptor net.Conn) {
	t.Helper()
	ln, err := n.Listen(to)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return connectTo(t, n, ln, from)
}

func connectTo(t *testing.T, n *gridtest.Network, ln net.Listener, from string) (dialer, acceptor net.Conn) {
	t.Helper()
	dialer, err := n.Dial(t.Context(), from, ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	acceptor, err = ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return dialer, acceptor
}

func wantIs(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func second(_ int, err error) error { return err }

// readByte reads one byte; the connections of a test that ends with an error
// close with their network.
func readByte(c net.Conn) error { return second(io.ReadFull(c, make([]byte, 1))) }

func wantAfter(t *testing.T, what string, start time.Time, want time.Duration) {
	t.Helper()
	if since := time.Since(start); since != want {
		t.Errorf("%s after %v, want %v", what, since, want)
	}
}

func TestDialAndAccept(t *testing.T) {
	inBubble(t, func(t *testing.T, n *gridtest.Network) {
		a, b := connect(t, n, "a", "b")
		go func() {
			a.Write([]byte("hello"))
			a.Close()
		}()
		if got, err := io.ReadAll(b); string(got) != "hello" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		if a.LocalAddr() != b.RemoteAddr() || a.RemoteAddr() != b.LocalAddr() {
			t.Errorf("addresses do not match: %v %v, %v %v", a.LocalAddr(), a.RemoteAddr(), b.RemoteAddr(), b.LocalAddr())
		}
		host, port, err := net.SplitHostPort(b.RemoteAddr().String())
		if host != "a" || port == "" || err != nil {
			t.Errorf("the dialer's address is %v", b.RemoteAddr())
		}
	})
}

func TestNobodyListens(t *testing.T) {
	inBubble(t, func(t *testing.T, n *gridtest.Network) {
		_, err := n.Dial(t.Context(), "a", "b")
		wantIs(t, "Dial", err, syscall.ECONNREFUSED)
		ln, _ := n.Listen("b")
		_, err = n.Listen("b:99")
		wantIs(t, "second Listen", err, syscall.EADDRINUSE)
		wantIs(t, "Close", ln.Close(), nil)
		wantIs(t, "second Close", ln.Close(), net.ErrClosed)
		_, err = ln.Accept()
		wantIs(t, "Accept", err, net.ErrClosed)
		_, err = n.Dial(t.Context(), "a", "b")
		wantIs(t, "Dial", err, syscall.ECONNREFUSED)
		if _, err = n.Listen("b"); err != nil {
			t.Errorf("Listen after Close: %v", err)
		}
	})
}

// TestListenerCloseResetsBacklog closes before anyone was accepted.
func TestListenerCloseResetsBacklog(t *testing.T) {
	inBubble(t, func(t *testing.T, n *gridtest.Network) {
		ln, _ := n.Listen("b")
		a, err := n.Dial(t.Context(), "a", "b")
		if err != nil {
			t.Fatal(err)
		}
		ln.Close()
		wantIs(t, "Read", readByte(a), syscall.ECONNRESET)
	})
}

func TestBacklogIsBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, n *gridtest.Network) {
		ln, _ := n.Listen("b")
		for range 128 {
			if _, err := n.Dial(t.Context(), "a", "b"); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := n.Dial(ctx, "a", "b")
		wantIs(t, "Dial over a full backlog", err, context.DeadlineExceeded)

		dialed := make(chan error)
		go func() {
			_, err := n.Dial(t.Context(), "a", "b")
			dialed <- err
		}()
		synctest.Wait()
		ln.Accept()
		wantIs(t, "Dial after Accept", <-dialed, nil)
	})
}

func TestNetworkClose(t *testing.T) {
	inBubble(t, func(t *testing.T, n *gridtest.Network) {
		ln, _ := n.Listen("b")
		a, b := connectTo(t, n, ln, "a")
		n.Partition("a", "c")
		errs := make(chan error, 4)
		go func() { errs <- readByte(a) }()
		go func() { errs <- readByte(b) }()
		go func() {
			_, err := ln.Accept()
			errs <- err
		}()
		go func() {
			_, err := n.Dial(context.Background(), "a", "c")
			errs <- err
		}()
		synctest.Wait()
		n.Close()
		for range 4 {
			if err := <-errs; !errors.Is(err, net.ErrClosed) && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("waiting call: %v", err)
			}
		}
		_, err := n.Listen("c")
		wantIs(t, "Listen", err, net.ErrClosed)
		_, err = n.Dial(t.Context(), "a", "b")
		wantIs(t, "Dial", err, net.ErrClosed)
	})
}

func TestLatency(t *testing.T) {
	inBubble(t, func(t *testing.T, n *gridtest.Network) {
		n.SetAll(gridtest.Link{Latency: 30 * time.Millisecond})
		n.SetLinkOneWay("b", "a", gridtest.Link{Latency: 50 * time.Millisecond})
		start := time.Now()
		a, b := connect(t, n, "a", "b")
		wantAfter(t, "connected", start, 80*time.Millisecond)

		start = time.Now()
		a.Write([]byte("x"))
		readByte(b)
		wantAfter(t, "there", start, 30*time.Millisecond)
		b.Write([]byte("x"))
		readByte(a)
		wantAfter(t, "and back", start, 80*time.Millisecond)

		start = time.Now()
		_, err := n.Dial(t.Context(), "a", "c")
		wantIs(t, "Dial", err, syscall.ECONNREFUSED)
		wantAfter(t, "refused", start, 60*time.Millisecond)
	})
}

// TestSetAll reaches connections that are there already, but no link that was
// set by name.
func TestSetAll(t *testing.T) {
	inBubble(t, func(t *testing.T, n *gridtest.Network) {
		n.SetLinkOneWay("b", "a", gridtest.Link{Latency: time.Second})
		a, b := connect(t, n, "a", "b")
		n.SetAll(gridtest.Link{Latency: time.Minute})
		start := time.Now()
		a.Write([]byte("x"))
		readByte(b)
		wantAfter(t, "there", start, time.Minute)
		b.Write([]byte("x"))
		readByte(a)
		wantAfter(t, "and back", start, time.Minute+time.Second)
	})
}

func TestDialWithEndedContext(t *testing.T) {
	inBubble(t, func(t *testing.T, n *gridtest.Network) {
		n.Listen("b")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := n.Dial(ctx, "a", "b")
		wantIs(t, "Dial", err, context.Canceled)
	})
}

func TestBandwidthIsShared(t *testing.T) {
	inBubble(t, func(t *testing.T, n *gridtest.Network) {
		ln, _ := n.Listen("b")
		n.SetLink("a", "b", gridtest.Link{Bandwidth: 1 << 20})
		const size = 8 << 20
		start := time.Now()
		done := make(chan error, 2)
		for range 2 {
			a, b := connectTo(t, n, ln, "a")
			go func() {
				a.Write(make([]byte, size/2))
				a.Close()
			}()
			go func() { done <- onlyError(io.Copy(io.Discard, b)) }()
		}
		wantIs(t, "Copy", <-done, nil)
		wantIs(t, "Copy", <-done, nil)
		if since := time.Since(start); since < 7900*time.Millisecond || since > 8100*time.Millisecond {
			t.Errorf("8 MiB over 1 MiB/s took %v", since)
		}
	})
}

func onlyError(_ int64, err error) error { return err }

// TestSlowLinkTrickles checks that a large write does not arrive in one piece.
func TestSlowLinkTrickles(t *testing.T) {
	inBubble(t, func(t *testing.T, n *gridtest.Network) {
		n.SetLink("a", "b", gridtest.Link{Bandwidth: 64 << 10})
		a, b := connect(t, n, "a", "b")
		start := time.Now()
		a.Write(make([]byte, 64<<10))
		got, err := b.Read(make([]byte, 64<<10))
		wantIs(t, "Read", err, nil)
		if got > 8<<10 || time.Since(start) > 100*time.Millisecond {
			t.Errorf("the first %d bytes came after %v", got, time.Since(start))
		}
	})
}

// TestLinkImproves changes a link under transfers that would take days, in both
// directions of a connection.
func TestLinkImproves(t *testing.T) {
	inBubble(t, func(t *testing.T, n *gridtest.Network) {
		n.SetLink("a", "b", gridtest.Link{Bandwidth: 1})
		a, b := connect(t, n, "a", "b")
		start := time.Now()
		time.AfterFunc(time.Minute, func() { n.SetLinkOneWay("b", "a", gridtest.Link{}) })
		time.AfterFunc(time.Hour, func() { n.SetLinkOneWay("a", "b", gridtest.Link{Bandwidth: 1 << 20}) })

		back := make(chan time.Duration)
		go b.Write(make([]byte, 1<<20))
		go func() {
			io.ReadFull(a, make([]byte, 1<<20))
			back <- time.Since(start)
		}()
		go a.Write(make([]byte, 1<<20))
		io.ReadFull(b, make([]byte, 1<<20))
		there := time.Since(start)
		if there < time.Hour || there > time.Hour+1100*time.Millisecond {
			t.Errorf("there after %v, want a second after the hour", there)
		}
		if got := <-back; got != time.Minute {
			t.Errorf("back after %v, want a minute", got)
		}
	})
}

// TestLinksAreIndependent checks that neither a change of another link, nor a
// dial under way, nor what a partition holds occupies a link.
func TestLinksAreIndependent(t *testing.T) {
	slow := gridtest.Link{Bandwidth: 10}
	arrivesAfter := func(t *testing.T, from, to net.Conn, bytes int, want time.Duration) {
		t.Helper()
		start := time.Now()
		from.Write(make([]byte, bytes))
		io.ReadFull(to, make([]byte, bytes))
		wantAfter(t, "arrived", start, want)
	}
	t.Run("change of another", func(t *testing.T) {
		inBubble(t, func(t *testing.T, n *gridtest.Network) {
			n.SetLinkOneWay("a", "b", slow)
			a, b := connect(t, n, "a", "b")
			a.Write(make([]byte, 100))
			n.SetLink("c", "d", slow)
			n.SetLinkOneWay("b", "a", slow)
			n.SetAll(gridtest.Link{})
			arrivesAfter(t, a, b, 100, 10*time.Second) // reads the first hundred
			arrivesAfter(t, a, b, 100, 10*time.Second) // reads the second hundred
		})
	})
	t.Run("dial", func(t *testing.T) {
		inBubble(t, func(t *testing.T, n *gridtest.Network) {
			a, b := connect(t, n, "a", "b")
			n.SetLinkOneWay("a", "b", gridtest.Link{Latency: time.Hour})
			n.SetLinkOneWay("b", "a", slow)
			go n.Dial(t.Context(), "a", "b")
			synctest.Wait()
			arrivesAfter(t, b, a, 10, time.Second)
			time.Sleep(time.Hour) // lets the dial end
		})
	})
	t.Run("held", func(t *testing.T) {
		inBubble(t, func(t *testing.T, n *gridtest.Network) {
			a, b := connect(t, n, "a", "b")
			n.Partition("a", "b")
			a.Write(make([]byte, 100))
			n.SetLinkOneWay("a", "b", slow)
			n.Heal("a", "b")
			io.ReadFull(b, make([]byte, 100))
			arrivesAfter(t, a, b, 10, time.Second)
		})
	})
}

// TestJitterFollowsTheSeed runs the same traffic on the same and on other seeds.
func TestJitterFollowsTheSeed(t *testing.T) {
	// run returns when bytes arrived that went there over one connection, back
	// over it, and there over another.
	run := func(seed uint64, others bool) (arrivals [3]string) {
		synctest.Test(t, func(t *testing.T) {
			n := gridtest.NewNetwork(seed)
			defer n.Close()
			n.SetAll(gridtest.Link{Latency: time.Millisecond, Jitter: time.Second})
			if others { // must not change the luck of a and b
				connect(t, n, "x", "b")
			}
			a, b := connect(t, n, "a", "b")
			a2, b2 := connect(t, n, "a", "b")
			for i, way := range [][2]net.Conn{{a, b}, {b, a}, {a2, b2}} {
				for range 20 {
					start := time.Now()
					way[0].Write([]byte{1})
					readByte(way[1])
					d := time.Since(start)
					if d < time.Millisecond || d >= time.Second+time.Millisecond {
						t.Errorf("a byte took %v", d)
					}
					arrivals[i] += fmt.Sprintln(d)
				}
			}
		})
		return arrivals
	}
	one, again, beside, two := run(1, false), run(1, false), run(1, true), run(2, false)
	if one != again || one != beside {
		t.Error("the same seed gave other delays")
	}
	if one[0] == two[0] || one[0] == one[1] || one[0] == one[2] {
		t.Error("another seed, direction or connection gave the same delays")
	}
}

// TestFaultsReachOldAndNewConnections ends many connections in between, so that
// the network forgets those, and only those.
func TestFaultsReachOldAndNewConnections(t *testing.T) {
	inBubble(t, func(t *testing.T, n *gridtest.Network) {
		ln, _ := n.Listen("b")
		old, _ := connectTo(t, n, ln, "a")
		for range 1000 { // far more than the network remembers once they ended
			a, b := connectTo(t, n, ln, "a")
			a.Close()
			b.Close()
		}
		fresh, _ := connectTo(t, n, ln, "a")
		n.Cut("a", "b")
		wantIs(t, "old connection", readByte(old), syscall.ECONNRESET)
		wantIs(t, "new connection", readByte(fresh), syscall.ECONNRESET)
	})
}
