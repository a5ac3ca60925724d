package memconn_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/memconn"
)

// stream is what the tests need of a connection.
type stream interface {
	net.Conn
	CloseWrite() error
}

// eachKind runs a test on the pair of this package, on one with latency, and
// on real TCP: the first two must do as the last does.
func eachKind(t *testing.T, test func(t *testing.T, a, b stream)) {
	kinds := map[string]func(t *testing.T) (a, b stream){
		"mem":     func(*testing.T) (stream, stream) { return memPair(memconn.Options{}) },
		"latency": func(*testing.T) (stream, stream) { return memPair(latency(time.Millisecond)) },
		"tcp":     tcpPair,
	}
	for name, pair := range kinds {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t)
			t.Cleanup(func() {
				a.Close()
				b.Close()
			})
			test(t, a, b)
		})
	}
}

func memPair(o memconn.Options) (stream, stream) {
	a, b := memconn.Pair(o)
	return a, b
}

// latency is the same delay both ways.
func latency(d time.Duration) memconn.Options {
	later := func(now time.Time, _ int) time.Time { return now.Add(d) }
	return memconn.Options{AToB: later, BToA: later}
}

func tcpPair(t *testing.T) (stream, stream) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	a, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return a.(stream), b.(stream)
}

func TestPingPong(t *testing.T) {
	eachKind(t, func(t *testing.T, a, b stream) {
		var wg sync.WaitGroup
		wg.Go(func() { io.Copy(b, b) })
		for i := range 50 {
			out := bytes.Repeat([]byte{byte(i)}, i+1)
			if _, err := a.Write(out); err != nil {
				t.Fatal(err)
			}
			in := make([]byte, len(out))
			if _, err := io.ReadFull(a, in); err != nil || !bytes.Equal(in, out) {
				t.Fatalf("round %d: got %x, %v", i, in, err)
			}
		}
		a.Close()
		wg.Wait()
	})
}

// TestBulkBothWays sends more than the buffers hold, in both directions at
// once, in pieces of random size.
func TestBulkBothWays(t *testing.T) {
	const size = 3 << 20
	eachKind(t, func(t *testing.T, a, b stream) {
		var wg sync.WaitGroup
		for i, c := range []stream{a, b} {
			data := make([]byte, size)
			luck := rand.New(rand.NewPCG(uint64(i), 1))
			for j := range data {
				data[j] = byte(luck.Uint32())
			}
			other := []stream{b, a}[i]
			wg.Go(func() {
				for rest := data; len(rest) > 0; {
					n, err := c.Write(rest[:min(len(rest), 1+luck.IntN(600<<10))])
					if err != nil {
						t.Error(err)
						return
					}
					rest = rest[n:]
				}
				c.CloseWrite()
			})
			wg.Go(func() {
				got, err := io.ReadAll(other)
				if err != nil || sha256.Sum256(got) != sha256.Sum256(data) {
					t.Errorf("end %d: %d bytes of %d arrived, or others: %v", i, len(got), size, err)
				}
			})
		}
		wg.Wait()
	})
}

// TestRacyUse has many goroutines on every method. What they get must make
// sense; what they do to each other is for the race detector.
func TestRacyUse(t *testing.T) {
	eachKind(t, func(t *testing.T, a, b stream) {
		var wg sync.WaitGroup
		for _, c := range []stream{a, b} {
			for range 3 {
				wg.Go(func() {
					buf := make([]byte, 1000)
					for range 200 {
						c.SetReadDeadline(time.Now().Add(time.Millisecond))
						if n, err := c.Read(buf); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) || n > len(buf) {
							t.Errorf("Read: %d, %v", n, err)
						}
					}
				})
				wg.Go(func() {
					buf := make([]byte, 1000)
					for range 200 {
						c.SetWriteDeadline(time.Now().Add(time.Millisecond))
						if n, err := c.Write(buf); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) || err == nil && n < len(buf) {
							t.Errorf("Write: %d, %v", n, err)
						}
					}
				})
			}
		}
		wg.Wait()
	})
}

// TestWritesDoNotInterleave writes large pieces from several goroutines: each
// must arrive in one piece.
func TestWritesDoNotInterleave(t *testing.T) {
	const writers, size = 4, 700 << 10
	eachKind(t, func(t *testing.T, a, b stream) {
		var wg sync.WaitGroup
		for i := range writers {
			wg.Go(func() { a.Write(bytes.Repeat([]byte{byte(i)}, size)) })
		}
		piece := make([]byte, size)
		for range writers {
			if _, err := io.ReadFull(b, piece); err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(piece, piece[:1]); n != size {
				t.Errorf("a piece of %d bytes had %d from another writer", size, size-n)
			}
		}
		wg.Wait()
	})
}

func TestPastDeadlineWinsOverData(t *testing.T) {
	eachKind(t, func(t *testing.T, a, b stream) {
		b.Write([]byte("hello"))
		time.Sleep(20 * time.Millisecond)
		for _, past := range []time.Time{time.Unix(1, 0), time.Now().Add(-time.Second)} {
			a.SetDeadline(past)
			wantTimeout(t, "Read", second(a.Read(make([]byte, 5))))
			wantTimeout(t, "Write", second(a.Write([]byte("x"))))
		}
		a.SetDeadline(time.Time{})
		if n, err := a.Read(make([]byte, 9)); n != 5 || err != nil {
			t.Errorf("after the deadline was cleared: %d, %v", n, err)
		}
	})
}

func TestFutureDeadline(t *testing.T) {
	eachKind(t, func(t *testing.T, a, _ stream) {
		const d = 30 * time.Millisecond
		start := time.Now()
		a.SetReadDeadline(start.Add(d))
		wantTimeout(t, "Read", second(a.Read(make([]byte, 1))))
		if since := time.Since(start); since < d || since > d+5*time.Second {
			t.Errorf("Read returned after %v, want %v", since, d)
		}
	})
}

// TestDeadlineWakes sets deadlines under calls that already wait.
func TestDeadlineWakes(t *testing.T) {
	eachKind(t, func(t *testing.T, a, _ stream) {
		for _, when := range []time.Duration{-time.Hour, 10 * time.Millisecond} {
			a.SetDeadline(time.Time{})
			errs := make(chan error, 2)
			go func() { errs <- second(a.Read(make([]byte, 1))) }()
			go func() { errs <- second(a.Write(make([]byte, 32<<20))) }()
			time.Sleep(20 * time.Millisecond)
			a.SetDeadline(time.Now().Add(when))
			for range 2 {
				wantTimeout(t, "waiting call", <-errs)
			}
		}
	})
}

// TestPartialWrite stops a write half-way: its count is what really left.
func TestPartialWrite(t *testing.T) {
	eachKind(t, func(t *testing.T, a, b stream) {
		written := make(chan int)
		go func() {
			n, err := a.Write(make([]byte, 32<<20))
			wantTimeout(t, "Write", err)
			written <- n
		}()
		b.Read(make([]byte, 1)) // the write is under way
		a.SetWriteDeadline(time.Unix(1, 0))
		n := <-written
		if n <= 0 || n >= 32<<20 {
			t.Fatalf("Write says that %d bytes left", n)
		}
		a.Close()
		got, err := io.Copy(io.Discard, b)
		if err != nil || got != int64(n)-1 {
			t.Errorf("Write said %d bytes, %d arrived: %v", n, got+1, err)
		}
	})
}

// TestCloseWakesOwnCalls closes an end under its own waiting calls.
func TestCloseWakesOwnCalls(t *testing.T) {
	eachKind(t, func(t *testing.T, a, _ stream) {
		errs := make(chan error, 4)
		for range 2 {
			go func() { errs <- second(a.Read(make([]byte, 1))) }()
			go func() { errs <- second(a.Write(make([]byte, 32<<20))) }()
		}
		time.Sleep(20 * time.Millisecond)
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		for range 4 {
			wantIs(t, "waiting call", <-errs, net.ErrClosed)
		}
		wantIs(t, "Read", second(a.Read(make([]byte, 1))), net.ErrClosed)
		wantIs(t, "Write", second(a.Write([]byte("x"))), net.ErrClosed)
		wantIs(t, "CloseWrite", a.CloseWrite(), net.ErrClosed)
		wantIs(t, "SetDeadline", a.SetDeadline(time.Now()), net.ErrClosed)
		wantIs(t, "second Close", a.Close(), net.ErrClosed)
	})
}

// TestCloseReachesPeer reads what was written, then the end, and fails to write.
func TestCloseReachesPeer(t *testing.T) {
	eachKind(t, func(t *testing.T, a, b stream) {
		a.Write([]byte("last words"))
		a.Close()
		got, err := io.ReadAll(b)
		if string(got) != "last words" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		for { // TCP finds out at the second write
			if _, err = b.Write(make([]byte, 1<<10)); err != nil {
				break
			}
		}
		if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("Write to a closed peer: %v", err)
		}
	})
}

// TestCloseWakesPeerWriter closes the end that a write waits for.
func TestCloseWakesPeerWriter(t *testing.T) {
	eachKind(t, func(t *testing.T, a, b stream) {
		err := make(chan error, 1)
		go func() { err <- second(b.Write(make([]byte, 32<<20))) }()
		time.Sleep(20 * time.Millisecond)
		a.Close()
		if err := <-err; !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("waiting Write: %v", err)
		}
	})
}

func TestHalfClose(t *testing.T) {
	eachKind(t, func(t *testing.T, a, b stream) {
		a.Write([]byte("question"))
		if err := a.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		wantIs(t, "Write after CloseWrite", second(a.Write([]byte("x"))), syscall.EPIPE)
		if got, err := io.ReadAll(b); string(got) != "question" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		b.Write([]byte("answer"))
		b.Close()
		if got, err := io.ReadAll(a); string(got) != "answer" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestReset(t *testing.T) {
	eachKind(t, func(t *testing.T, a, b stream) {
		errs := make(chan error, 2)
		go func() { errs <- second(b.Read(make([]byte, 1))) }()
		go func() { errs <- second(b.Write(make([]byte, 32<<20))) }()
		time.Sleep(20 * time.Millisecond)
		reset(a)
		for range 2 {
			// On TCP one of the two takes the reset, the other finds EOF or EPIPE.
			if err := <-errs; err != io.EOF && !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
				t.Errorf("call of the peer: %v", err)
			}
		}
		wantIs(t, "Read at the resetting end", second(a.Read(make([]byte, 1))), net.ErrClosed)
	})
}

func reset(c stream) {
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetLinger(0)
		tcp.Close()
		return
	}
	c.(*memconn.Conn).Reset()
}

// TestConcurrentClose closes both ends from many goroutines under traffic: one
// Close of each end succeeds.
func TestConcurrentClose(t *testing.T) {
	eachKind(t, func(t *testing.T, a, b stream) {
		var wg sync.WaitGroup
		closed := make(chan stream, 20)
		for _, c := range []stream{a, b} {
			wg.Go(func() { io.Copy(io.Discard, c) })
			wg.Go(func() {
				for {
					if _, err := c.Write(make([]byte, 10<<10)); err != nil {
						return
					}
				}
			})
			for range 5 {
				wg.Go(func() {
					time.Sleep(5 * time.Millisecond)
					if c.Close() == nil {
						closed <- c
					}
				})
			}
		}
		wg.Wait()
		if len(closed) != 2 || <-closed == <-closed {
			t.Error("not exactly one Close succeeded at each end")
		}
	})
}

func TestEmptyReadAndWriteDoNotWait(t *testing.T) {
	eachKind(t, func(t *testing.T, a, _ stream) {
		if n, err := a.Read(nil); n != 0 || err != nil {
			t.Errorf("Read: %d, %v", n, err)
		}
		if n, err := a.Write(nil); n != 0 || err != nil {
			t.Errorf("Write: %d, %v", n, err)
		}
	})
}

// TestErrorsAreNetErrors checks what callers look at beside errors.Is.
func TestErrorsAreNetErrors(t *testing.T) {
	eachKind(t, func(t *testing.T, a, _ stream) {
		a.SetReadDeadline(time.Unix(1, 0))
		_, err := a.Read(make([]byte, 1))
		var netErr net.Error
		if !errors.As(err, &netErr) || !netErr.Timeout() {
			t.Errorf("not a net.Error that says timeout: %v", err)
		}
	})
}

// second returns the error of a result pair.
func second(_ int, err error) error { return err }

func wantTimeout(t *testing.T, what string, err error) {
	t.Helper()
	wantIs(t, what, err, os.ErrDeadlineExceeded)
}

func wantIs(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}
