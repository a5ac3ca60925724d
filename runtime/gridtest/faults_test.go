package gridtest_test

import (
	"context"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gridrpc/gridc/runtime/gridtest"
)

func TestCut(t *testing.T) {
	inBubble(t, func(t *testing.T, n *gridtest.Network) {
		n.SetAll(gridtest.Link{Latency: time.Second})
		ln, _ := n.Listen("b")
		a, b := connectTo(t, n, ln, "a")
		other, otherB := connectTo(t, n, ln, "c")
		a.Write([]byte("lost"))
		start := time.Now()
		n.Cut("b", "a")
		wantIs(t, "dialer", readByte(a), syscall.ECONNRESET)
		wantIs(t, "acceptor", readByte(b), syscall.ECONNRESET)
		wantIs(t, "Write", second(a.Write([]byte("x"))), syscall.ECONNRESET)
		wantAfter(t, "broken", start, 0)
		_, err := n.Dial(t.Context(), "a", "b")
		wantIs(t, "Dial", err, syscall.ECONNREFUSED)

		other.Write([]byte("x"))
		wantIs(t, "connection of others", readByte(otherB), nil)
		n.Heal("a", "b")
		connectTo(t, n, ln, "a")
	})
}

func TestPartitionIsSilent(t *testing.T) {
	inBubble(t, func(t *testing.T, n *gridtest.Network) {
		ln, _ := n.Listen("b")
		a, b := connectTo(t, n, ln, "a")
		n.Partition("a", "b")

		wantIs(t, "Write", second(a.Write([]byte("held"))), nil)
		a.Close()
		b.SetDeadline(time.Now().Add(time.Hour))
		wantIs(t, "Read", readByte(b), os.ErrDeadlineExceeded)
		b.SetDeadline(time.Now().Add(time.Hour))
		wantIs(t, "Write past the buffer", second(b.Write(make([]byte, 1<<20))), os.ErrDeadlineExceeded)

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		_, err := n.Dial(ctx, "a", "b")
		wantIs(t, "Dial", err, context.DeadlineExceeded)
		wantAfter(t, "given up", start, time.Minute)

		n.HealAll()
		b.SetDeadline(time.Time{})
		if got, err := io.ReadAll(b); string(got) != "held" || err != nil {
			t.Errorf("after Heal: %q, %v", got, err)
		}
	})
}

// TestDialWaitsOutPartition partitions before, and during, the round trip.
func TestDialWaitsOutPartition(t *testing.T) {
	inBubble(t, func(t *testing.T, n *gridtest.Network) {
		n.SetAll(gridtest.Link{Latency: time.Second})
		ln, _ := n.Listen("b")
		start := time.Now()
		n.PartitionOneWay("b", "a")
		time.AfterFunc(time.Minute, func() { n.Heal("a", "b") })
		time.AfterFunc(time.Minute+time.Second, func() { n.Partition("a", "b") })
		time.AfterFunc(time.Hour, func() { n.Heal("a", "b") })
		connectTo(t, n, ln, "a")
		wantAfter(t, "connected", start, time.Hour+2*time.Second)
	})
}

func TestPartitionOneWay(t *testing.T) {
	inBubble(t, func(t *testing.T, n *gridtest.Network) {
		a, b := connect(t, n, "a", "b")
		n.PartitionOneWay("a", "b")
		a.Write([]byte("x"))
		b.Write([]byte("x"))
		wantIs(t, "the open direction", readByte(a), nil)
		b.SetReadDeadline(time.Now().Add(time.Hour))
		wantIs(t, "the silent direction", readByte(b), os.ErrDeadlineExceeded)
		n.Heal("b", "a")
		b.SetReadDeadline(time.Time{})
		wantIs(t, "the healed direction", readByte(b), nil)
	})
}

func TestStall(t *testing.T) {
	inBubble(t, func(t *testing.T, n *gridtest.Network) {
		lnA, _ := n.Listen("a")
		lnB, _ := n.Listen("b")
		a, b := connectTo(t, n, lnB, "a")
		n.Stall("b")
		a.Write([]byte("x"))
		b.Write([]byte("x"))
		for _, c := range []net.Conn{a, b} {
			c.SetReadDeadline(time.Now().Add(time.Hour))
			wantIs(t, "Read", readByte(c), os.ErrDeadlineExceeded)
			c.SetReadDeadline(time.Time{})
		}

		// Others connect, as a kernel would let them; it accepts and dials nothing.
		if _, err := n.Dial(t.Context(), "a", "b"); err != nil {
			t.Errorf("Dial to a stalled host: %v", err)
		}
		done := make(chan error, 2)
		go func() {
			_, err := lnB.Accept()
			done <- err
		}()
		go func() {
			_, err := n.Dial(t.Context(), "b", "a")
			done <- err
		}()
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(done) > 0 {
			t.Error("a stalled host accepted or dialed")
		}
		n.Resume("b")
		wantIs(t, "Accept or Dial", <-done, nil)
		wantIs(t, "Accept or Dial", <-done, nil)
		lnA.Accept()
		wantIs(t, "Read", readByte(a), nil)
		wantIs(t, "Read", readByte(b), nil)
	})
}

func TestCrash(t *testing.T) {
	inBubble(t, func(t *testing.T, n *gridtest.Network) {
		n.SetAll(gridtest.Link{Latency: time.Second})
		lnA, _ := n.Listen("a")
		lnB, _ := n.Listen("b")
		dialed, accepted := connectTo(t, n, lnA, "b")
		accepted2, dialed2 := connectTo(t, n, lnB, "a")
		other, otherEnd := connectTo(t, n, lnA, "c")
		dialing := make(chan error)
		go func() {
			_, err := n.Dial(t.Context(), "b", "a")
			dialing <- err
		}()
		synctest.Wait()

		start := time.Now()
		n.Crash("b")
		_, err := lnB.Accept()
		wantIs(t, "Accept", err, net.ErrClosed)
		wantIs(t, "own connection", readByte(dialed), syscall.ECONNRESET)
		wantIs(t, "own connection", readByte(dialed2), syscall.ECONNRESET)
		wantAfter(t, "crashed", start, 0)
		wantIs(t, "connection of a peer", readByte(accepted), syscall.ECONNRESET)
		wantIs(t, "connection of a peer", readByte(accepted2), syscall.ECONNRESET)
		wantAfter(t, "noticed", start, time.Second)
		wantIs(t, "dial in progress", <-dialing, syscall.ECONNRESET)
		_, err = n.Dial(t.Context(), "a", "b")
		wantIs(t, "Dial", err, syscall.ECONNREFUSED)

		other.Write([]byte("x"))
		wantIs(t, "connection of others", readByte(otherEnd), nil)
		lnB, err = n.Listen("b")
		if err != nil {
			t.Fatal(err)
		}
		connectTo(t, n, lnB, "a")
	})
}

// TestCrashBehindPartition is the half-open connection: the peer of a crashed
// host hears nothing until the way is open again.
func TestCrashBehindPartition(t *testing.T) {
	inBubble(t, func(t *testing.T, n *gridtest.Network) {
		a, b := connect(t, n, "a", "b")
		n.Partition("a", "b")
		n.Crash("b")
		wantIs(t, "own connection", readByte(b), syscall.ECONNRESET)
		a.SetReadDeadline(time.Now().Add(time.Hour))
		wantIs(t, "Read", readByte(a), os.ErrDeadlineExceeded)
		wantIs(t, "Write", second(a.Write([]byte("x"))), nil)
		n.Heal("a", "b")
		wantIs(t, "Write", second(a.Write([]byte("x"))), syscall.ECONNRESET)
	})
}

// TestCrashOfStalledHost loses what the host had not sent.
func TestCrashOfStalledHost(t *testing.T) {
	inBubble(t, func(t *testing.T, n *gridtest.Network) {
		a, b := connect(t, n, "a", "b")
		n.Stall("b")
		b.Write([]byte("x"))
		n.Crash("b")
		wantIs(t, "Read", readByte(a), syscall.ECONNRESET)
		if _, err := n.Listen("b"); err != nil {
			t.Fatal(err)
		}
		if _, err := n.Dial(t.Context(), "b", "b"); err != nil {
			t.Errorf("the host is still stalled: %v", err)
		}
	})
}

// TestFaultsUnderTraffic sets every fault while connections come and go. What
// the calls return is covered above; here nothing may hang, race or leak.
func TestFaultsUnderTraffic(t *testing.T) {
	inBubble(t, func(t *testing.T, n *gridtest.Network) {
		hosts := []string{"a", "b", "c"}
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		var exchanges atomic.Int64
		for _, h := range hosts {
			running.Go(func() { serveUntil(ctx, n, h) })
			for _, to := range hosts {
				running.Go(func() { dialUntil(ctx, n, h, to, &exchanges) })
			}
		}
		n.SetAll(gridtest.Link{Latency: time.Millisecond, Jitter: 10 * time.Millisecond, Bandwidth: 1 << 20})
		for i := range 200 {
			a, b := hosts[i%3], hosts[(i+i/3)%3]
			switch i % 7 {
			case 0:
				n.Cut(a, b)
			case 1:
				n.Partition(a, b)
			case 2:
				n.PartitionOneWay(a, b)
			case 3:
				n.Stall(a)
			case 4:
				n.Crash(a)
			case 5:
				n.SetLink(a, b, gridtest.Link{Latency: time.Duration(i) * time.Millisecond})
			case 6:
				n.HealAll()
				n.Resume(a)
				n.Resume(b)
			}
			time.Sleep(37 * time.Millisecond)
		}
		stop()
		n.Close()
		running.Wait()
		if exchanges.Load() < 100 {
			t.Errorf("only %d exchanges went through", exchanges.Load())
		}
	})
}

// serveUntil echoes on a host, and listens again whenever it has crashed.
func serveUntil(ctx context.Context, n *gridtest.Network, host string) {
	for ctx.Err() == nil {
		ln, err := n.Listen(host)
		if err != nil {
			return
		}
		for {
			c, err := ln.Accept()
			if err != nil {
				break
			}
			go func() {
				defer c.Close()
				io.Copy(c, c)
			}()
		}
		time.Sleep(time.Millisecond)
	}
}

// dialUntil exchanges a few bytes over one connection after the other.
func dialUntil(ctx context.Context, n *gridtest.Network, from, to string, exchanges *atomic.Int64) {
	for ctx.Err() == nil {
		c, err := n.Dial(ctx, from, to)
		if err != nil {
			time.Sleep(5 * time.Millisecond)
			continue
		}
		c.SetDeadline(time.Now().Add(300 * time.Millisecond))
		for range 10 {
			if _, err := c.Write(make([]byte, 10<<10)); err != nil {
				break
			}
			if _, err := io.ReadFull(c, make([]byte, 10<<10)); err != nil {
				break
			}
			exchanges.Add(1)
		}
		c.Close()
	}
}
