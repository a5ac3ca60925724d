//go:build unix

package poll_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/memconn"
	"github.com/gridrpc/gridc/runtime/internal/poll"
)

// eachKind runs a test on TCP over loopback and on the in-memory connection:
// production and tests must see the same.
func eachKind(t *testing.T, test func(t *testing.T, a, b net.Conn)) {
	kinds := map[string]func(testing.TB) (a, b net.Conn){
		"tcp": tcpPair,
		"mem": func(testing.TB) (net.Conn, net.Conn) {
			a, b := memconn.Pair(memconn.Options{})
			return a, b
		},
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

func tcpPair(tb testing.TB) (a, b net.Conn) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer ln.Close()
	if a, err = net.Dial("tcp", ln.Addr().String()); err != nil {
		tb.Fatal(err)
	}
	if b, err = ln.Accept(); err != nil {
		tb.Fatal(err)
	}
	return a, b
}

// pool is the caller's side of ReadReady: it counts buffers that are out.
type pool struct {
	buf       []byte
	gets, out int
}

func (p *pool) get() []byte { p.gets++; p.out++; return p.buf }
func (p *pool) put([]byte)  { p.out-- }

func newPool() *pool { return &pool{buf: make([]byte, 64<<10)} }

// both returns the two abilities of a connection that must have them.
func both(t testing.TB, c net.Conn) (poll.ReadyReader, poll.TryWriter) {
	t.Helper()
	r, w := poll.For(c)
	if r == nil || w == nil {
		t.Fatalf("%T offers %v and %v", c, r, w)
	}
	return r, w
}

func TestForKnowsItsLimits(t *testing.T) {
	client, server := net.Pipe()
	defer client.Close()
	defer server.Close()
	for _, c := range []net.Conn{client, tls.Client(client, &tls.Config{}), new(net.TCPConn)} {
		if r, w := poll.For(c); r != nil || w != nil {
			t.Errorf("%T offers %v and %v", c, r, w)
		}
	}
}

func TestReadReadyWithBytesThere(t *testing.T) {
	eachKind(t, func(t *testing.T, a, b net.Conn) {
		r, _ := both(t, b)
		a.Write([]byte("hello"))
		time.Sleep(20 * time.Millisecond)
		p := newPool()
		n, err := r.ReadReady(p.get, p.put)
		if err != nil || string(p.buf[:n]) != "hello" {
			t.Errorf("%q, %v", p.buf[:n], err)
		}
		if p.gets != 1 || p.out != 1 {
			t.Errorf("one attempt should do: %d, of which %d kept", p.gets, p.out)
		}
	})
}

// TestReadReadyHoldsNothingWhileWaiting looks at the buffers of a reader that
// waits, and at how many attempts a wake-up takes.
func TestReadReadyHoldsNothingWhileWaiting(t *testing.T) {
	eachKind(t, func(t *testing.T, a, b net.Conn) {
		r, _ := both(t, b)
		p := newPool()
		puts := make(chan struct{}, 1)
		put := func(b []byte) { p.put(b); puts <- struct{}{} }
		if _, tcp := a.(*net.TCPConn); tcp {
			// The attempt that finds nothing comes first and gives back.
			go func() {
				<-puts
				a.Write([]byte("hello"))
			}()
		} else {
			go a.Write([]byte("hello"))
		}
		n, err := r.ReadReady(p.get, put)
		if err != nil || string(p.buf[:n]) != "hello" {
			t.Errorf("%q, %v", p.buf[:n], err)
		}
		if p.out != 1 || p.gets > 2 {
			t.Errorf("%d attempts, %d buffers out", p.gets, p.out)
		}
	})
}

// TestReadReadyEnds gives every buffer back, whatever ends the wait.
func TestReadReadyEnds(t *testing.T) {
	ends := map[string]struct {
		end  func(a, b net.Conn)
		want error
	}{
		"eof":           {func(a, b net.Conn) { a.Close() }, io.EOF},
		"closed":        {func(a, b net.Conn) { b.Close() }, net.ErrClosed},
		"past deadline": {func(a, b net.Conn) { b.SetReadDeadline(time.Unix(1, 0)) }, os.ErrDeadlineExceeded},
		"deadline":      {func(a, b net.Conn) { b.SetReadDeadline(time.Now().Add(20 * time.Millisecond)) }, os.ErrDeadlineExceeded},
		"reset":         {func(a, b net.Conn) { reset(a) }, syscall.ECONNRESET},
	}
	for name, c := range ends {
		for _, when := range []string{"before", "during"} {
			t.Run(name+" "+when, func(t *testing.T) {
				eachKind(t, func(t *testing.T, a, b net.Conn) {
					r, _ := both(t, b)
					if when == "before" {
						c.end(a, b)
					} else {
						time.AfterFunc(20*time.Millisecond, func() { c.end(a, b) })
					}
					p := newPool()
					n, err := r.ReadReady(p.get, p.put)
					if n != 0 || !errors.Is(err, c.want) {
						t.Errorf("%d, %v; want %v", n, err, c.want)
					}
					if p.out != 0 {
						t.Errorf("%d buffers were not given back", p.out)
					}
				})
			})
		}
	}
}

func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetLinger(0)
		tcp.Close()
		return
	}
	c.(*memconn.Conn).Reset()
}

func TestReadReadyAfterDeadlineCleared(t *testing.T) {
	eachKind(t, func(t *testing.T, a, b net.Conn) {
		r, _ := both(t, b)
		p := newPool()
		b.SetReadDeadline(time.Unix(1, 0))
		if _, err := r.ReadReady(p.get, p.put); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%v", err)
		}
		b.SetReadDeadline(time.Time{})
		a.Write([]byte("x"))
		if n, err := r.ReadReady(p.get, p.put); n != 1 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	})
}

func TestReadReadyRefusesEmptyBuffer(t *testing.T) {
	eachKind(t, func(t *testing.T, a, b net.Conn) {
		r, _ := both(t, b)
		a.Write([]byte("x"))
		p := &pool{}
		if n, err := r.ReadReady(p.get, p.put); n != 0 || err != io.ErrShortBuffer || p.out != 0 {
			t.Errorf("%d, %v, %d buffers out", n, err, p.out)
		}
	})
}

// A reader that looks for bytes again and again finds them, and ends as any other.
func TestBusyPollReads(t *testing.T) {
	a, b := tcpPair(t)
	defer a.Close()
	r, _ := both(t, b)
	busy, ok := r.(poll.BusyPoller)
	if !ok {
		t.Fatalf("%T cannot", r)
	}
	busy.BusyPoll(true)
	p := newPool()
	for range 200 {
		go a.Write([]byte("hello"))
		n, err := r.ReadReady(p.get, p.put)
		if err != nil || string(p.buf[:n]) != "hello" || p.out != 1 {
			t.Fatalf("%q, %v, %d buffers out", p.buf[:n], err, p.out)
		}
		p.put(p.buf)
	}
	b.SetReadDeadline(time.Unix(1, 0))
	if _, err := r.ReadReady(p.get, p.put); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("past the deadline: %v", err)
	}
	b.SetReadDeadline(time.Time{})
	go b.Close()
	if _, err := r.ReadReady(p.get, p.put); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if p.out != 0 {
		t.Errorf("%d buffers were not given back", p.out)
	}
}

// TestTryWriteFillsAndStops writes until the connection is full; all that it
// said it took must arrive, and room comes back.
func TestTryWriteFillsAndStops(t *testing.T) {
	eachKind(t, func(t *testing.T, a, b net.Conn) {
		_, w := both(t, a)
		piece := bytes.Repeat([]byte("0123456789abcdef"), 1<<12)
		total := fill(t, w, piece)
		if total == 0 {
			t.Fatal("nothing was written")
		}
		for more := 1; more > 0; total += more { // until there is no room for a byte
			more = fill(t, w, piece)
		}
		if _, err := io.CopyN(io.Discard, b, int64(total)); err != nil {
			t.Fatal(err)
		}
		deadline := time.Now().Add(5 * time.Second)
		for fill(t, w, piece) == 0 { // the news of the room takes its time
			if time.Now().After(deadline) {
				t.Fatal("no room after everything was read")
			}
			runtime.Gosched()
		}
	})
}

// fill writes until the connection takes no more.
func fill(t *testing.T, w poll.TryWriter, piece []byte) (total int) {
	t.Helper()
	for {
		n, err := w.TryWrite(piece)
		if err != nil {
			t.Fatal(err)
		}
		if total += n; n < len(piece) {
			return total
		}
	}
}

func TestTryWriteFails(t *testing.T) {
	eachKind(t, func(t *testing.T, a, b net.Conn) {
		_, w := both(t, a)
		a.SetWriteDeadline(time.Unix(1, 0))
		if n, err := w.TryWrite([]byte("x")); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("past the deadline: %d, %v", n, err)
		}
		a.SetWriteDeadline(time.Time{})
		reset(b)
		var err error
		for err == nil {
			_, err = w.TryWrite([]byte("x"))
		}
		if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
			t.Errorf("to a peer that reset: %v", err)
		}
		a.Close()
		if _, err := w.TryWrite([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

// TestTransfer moves a lot through both abilities, with Write waiting for room
// as the runtime does it.
func TestTransfer(t *testing.T) {
	eachKind(t, func(t *testing.T, a, b net.Conn) {
		_, w := both(t, a)
		r, _ := both(t, b)
		data := make([]byte, 8<<20)
		for i := range data {
			data[i] = byte(i * i >> 5)
		}
		go func() {
			for piece := range slices.Chunk(data, 100_001) {
				n, err := w.TryWrite(piece)
				if err == nil && n < len(piece) {
					_, err = a.Write(piece[n:])
				}
				if err != nil {
					t.Error(err)
				}
			}
			a.Close()
		}()
		p, sum, total := newPool(), sha256.New(), 0
		for {
			n, err := r.ReadReady(p.get, p.put)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			sum.Write(p.buf[:n])
			total += n
		}
		if want := sha256.Sum256(data); !bytes.Equal(sum.Sum(nil), want[:]) {
			t.Errorf("%d bytes of %d arrived, or others", total, len(data))
		}
	})
}

// TestRoleIsHandedOn reads from another goroutine each time, as a session does
// when its reader's role moves.
func TestRoleIsHandedOn(t *testing.T) {
	eachKind(t, func(t *testing.T, a, b net.Conn) {
		_, w := both(t, a)
		r, _ := both(t, b)
		p := newPool()
		for i := range 100 {
			read := make(chan byte)
			go func() {
				if n, err := r.ReadReady(p.get, p.put); n != 1 || err != nil {
					t.Errorf("%d, %v", n, err)
				}
				read <- p.buf[0]
			}()
			w.TryWrite([]byte{byte(i)})
			if got := <-read; got != byte(i) {
				t.Fatalf("read %d, want %d", got, i)
			}
		}
	})
}

func TestNoAllocations(t *testing.T) {
	eachKind(t, func(t *testing.T, a, b net.Conn) {
		_, w := both(t, a)
		r, _ := both(t, b)
		p := newPool()
		get, put := p.get, p.put // once, as a session keeps them
		piece := make([]byte, 512)
		got := testing.AllocsPerRun(200, func() {
			w.TryWrite(piece)
			r.ReadReady(get, put)
		})
		if got != 0 {
			t.Errorf("%v allocations to write and read", got)
		}
	})
}

// BenchmarkPingPong compares the abilities with Read and Write of the same
// sockets: they should cost the same.
func BenchmarkPingPong(b *testing.B) {
	b.Run("net.Conn", func(b *testing.B) {
		x, y := tcpPair(b)
		go func() { io.Copy(struct{ io.Writer }{y}, struct{ io.Reader }{y}) }()
		buf := make([]byte, 512)
		for b.Loop() {
			x.Write(buf)
			io.ReadFull(x, buf)
		}
		x.Close()
		y.Close()
	})
	b.Run("poll", func(b *testing.B) {
		x, y := tcpPair(b)
		go func() { io.Copy(struct{ io.Writer }{y}, struct{ io.Reader }{y}) }()
		r, w := both(b, x)
		p := newPool()
		get, put, piece := p.get, p.put, make([]byte, 512)
		for b.Loop() {
			w.TryWrite(piece)
			for got := 0; got < len(piece); {
				n, err := r.ReadReady(get, put)
				if err != nil {
					b.Fatal(err)
				}
				got += n
			}
		}
		x.Close()
		y.Close()
	})
}
