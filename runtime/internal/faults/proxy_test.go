package faults

import (
	"errors"
	"io"
	"maps"
	"net"
	"slices"
	"syscall"
	"testing"
	"time"
)

// through is a connection through a proxy, seen from both ends.
type through struct {
	*Proxy
	near, far net.Conn
}

func newThrough(t *testing.T) *through {
	t.Helper()
	l := listen(t)
	t.Cleanup(func() { l.Close() })
	x := &through{Proxy: proxy(t, l.Addr().String())}
	var err error
	if x.near, err = net.Dial("tcp", x.Address()); err != nil {
		t.Fatal(err)
	}
	if x.far, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.near.Close(); x.far.Close() })
	return x
}

// carries checks that bytes written at one end arrive at the other, and returns
// how long that took.
func carries(t *testing.T, from, to net.Conn, n int) time.Duration {
	t.Helper()
	began := time.Now()
	written := make(chan error, 1)
	go func() {
		_, err := from.Write(appendFill(nil, 7, n))
		written <- err
	}()
	b := make([]byte, n)
	to.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.ReadFull(to, b); err != nil || !isFill(b, 7) {
		t.Fatalf("%d bytes did not arrive: %v", n, err)
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	return time.Since(began)
}

// silent checks that a byte written at one end does not arrive.
func silent(t *testing.T, from, to net.Conn) {
	t.Helper()
	if _, err := from.Write([]byte{1}); err != nil {
		t.Fatal(err)
	}
	to.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := to.Read(make([]byte, 1)); n != 0 || !isTimeout(err) {
		t.Fatalf("%d bytes and %v instead of silence", n, err)
	}
}

// swallowed waits until bytes of a direction have vanished.
func (x *through) swallowed(t *testing.T, d Direction) {
	t.Helper()
	x.mu.Lock()
	pairs := slices.Collect(maps.Keys(x.pairs))
	x.mu.Unlock()
	if len(pairs) != 1 {
		t.Fatalf("%d connections instead of one", len(pairs))
	}
	for began := time.Now(); !pairs[0].pipes[d].lost.Load(); time.Sleep(time.Millisecond) {
		if time.Since(began) > patience {
			t.Fatal("nothing has vanished")
		}
	}
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

func TestProxy(t *testing.T) {
	t.Parallel()
	x := newThrough(t)
	carries(t, x.near, x.far, 300_000)
	carries(t, x.far, x.near, 300_000)
	x.Set(Up, Weather{Delay: 40 * time.Millisecond})
	if took := carries(t, x.near, x.far, 10); took < 40*time.Millisecond {
		t.Errorf("bytes that are delayed by 40ms took %v", took)
	}
	x.Set(Up, Weather{Rate: 100_000})
	if took := carries(t, x.near, x.far, 10_000); took < 80*time.Millisecond {
		t.Errorf("10,000 bytes at 100,000 a second took %v", took)
	}
	x.Set(Up, Weather{Hold: true})
	silent(t, x.near, x.far)
	carries(t, x.far, x.near, 10)
	x.Calm()
	x.far.SetReadDeadline(time.Now().Add(patience))
	if n, err := x.far.Read(make([]byte, 10)); n != 1 || err != nil {
		t.Fatalf("%d bytes and %v instead of the one that was held up", n, err)
	}
	x.Set(Up, Weather{Swallow: true})
	silent(t, x.near, x.far)
	x.swallowed(t, Up) // a byte that a slow machine has not read yet would arrive once it is calm
	x.Calm()
	silent(t, x.near, x.far) // there must be no gap
	carries(t, x.far, x.near, 10)
}

func TestProxyEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end  func(*through)
		want error // at the far end
	}{
		"FIN":               {func(x *through) { x.Cut(FIN) }, io.EOF},
		"RST":               {func(x *through) { x.Cut(RST) }, syscall.ECONNRESET},
		"the end closes":    {func(x *through) { x.near.Close() }, io.EOF},
		"the end is reset":  {func(x *through) { reset(x.near) }, syscall.ECONNRESET},
		"the end is hidden": {func(x *through) { x.Set(Up, Weather{Swallow: true}); x.near.Close() }, errNothing},
	} {
		t.Run(name, func(t *testing.T) {
			x := newThrough(t)
			carries(t, x.near, x.far, 10) // a connection that is being made is not there to be cut
			c.end(x)
			limit := patience
			if c.want == errNothing {
				limit = 50 * time.Millisecond
			}
			x.far.SetReadDeadline(time.Now().Add(limit))
			_, err := x.far.Read(make([]byte, 1))
			if isTimeout(err) {
				err = errNothing
			}
			if !errors.Is(err, c.want) {
				t.Errorf("the far end read %v instead of %v", err, c.want)
			}
		})
	}
}

var errNothing = errors.New("nothing")

// A connection that falls into the black hole opens, and is silent until it is reset.
func TestProxyBlackHole(t *testing.T) {
	t.Parallel()
	x := newThrough(t)
	x.BlackHole()
	carries(t, x.near, x.far, 10)
	c, err := net.Dial("tcp", x.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	silent(t, c, c)
	x.Calm()
	c.SetReadDeadline(time.Now().Add(patience))
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("%v instead of a reset", err)
	}
}
