package secure

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/memconn"
	"github.com/gridrpc/gridc/runtime/internal/node"
)

// Everything arrives, in both directions at once, over real sockets, with either version.
func TestBothDirections(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			client := identity().client.Clone()
			client.MaxVersion = version
			p := tcpPair(t, client)
			want := [2][]byte{randomBytes(3<<20 + 17), randomBytes(3<<20 + 17)}
			sent := make(chan error, 2)
			go func() {
				_, err := io.Copy(p.theirs, bytes.NewReader(want[0]))
				sent <- err
			}()
			go func() { sent <- p.send(want[1]) }()
			received := make(chan []byte)
			go func() {
				b := make([]byte, len(want[1]))
				if _, err := io.ReadFull(p.theirs, b); err != nil {
					t.Error(err)
				}
				received <- b
			}()
			p.wantRead(t, want[0])
			if !bytes.Equal(<-received, want[1]) {
				t.Error("other bytes than those that were sent")
			}
			for range 2 {
				if err := <-sent; err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// send writes as a session does: batches of several sizes, without waiting as long as
// that goes, and then in slices.
func (p *pair) send(b []byte) error {
	for size := 1; len(b) > 0; size = size*3%(150<<10) + 1 {
		batch := b[:min(size, len(b))]
		b = b[len(batch):]
		for len(batch) > 0 {
			n, err := p.ours.TryWrite(batch)
			if n == 0 && err == nil {
				n, err = p.ours.Write(batch[:min(16<<10, len(batch))])
			}
			if err != nil {
				return err
			}
			batch = batch[n:]
		}
	}
	return nil
}

// A peer that stops reading in the middle of a record holds nobody up: TryWrite returns at
// once, and says that not all is written. What is left goes once the peer reads on.
func TestTryWriteDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _, _ := memPair(t, 4<<10)
		want := randomBytes(100 << 10)
		began := time.Now()
		n, err := p.ours.TryWrite(want)
		if err != nil || n <= 0 || n >= len(want) {
			t.Fatalf("%d of %d bytes, %v", n, len(want), err)
		}
		if more, err := p.ours.TryWrite(want[n:]); more != 0 || err != nil {
			t.Errorf("%d more bytes, %v", more, err)
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("it took %v", waited)
		}
		go func() {
			time.Sleep(time.Minute)
			if got := p.read(t, len(want)); !bytes.Equal(got, want) {
				t.Error("other bytes than those that were sent")
			}
		}()
		for rest := want[n:]; len(rest) > 0; {
			slice := rest[:min(16<<10, len(rest))]
			if n, err := p.ours.Write(slice); n != len(slice) || err != nil {
				t.Fatalf("%d of %d bytes, %v", n, len(slice), err)
			}
			rest = rest[len(slice):]
		}
		if waited := time.Since(began); waited < time.Minute {
			t.Errorf("Write waited for %v", waited)
		}
		synctest.Wait()
	})
}

// Nothing is held while there is nothing to read, and a record of which a part has come
// is nothing yet.
func TestIdleHoldsNoBuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _, theirs := memPair(t, 0)
		held := 0
		buf := make([]byte, 1024)
		get := func() []byte { held++; return buf }
		put := func([]byte) { held-- }
		read := func() (n int) {
			t.Helper()
			n, err := p.ours.ReadReady(get, put)
			if err != nil {
				t.Fatal(err)
			}
			held--
			return n
		}
		done := make(chan int)
		go func() { done <- read() }()
		idle := func(when string) {
			t.Helper()
			synctest.Wait()
			if held != 0 || p.ours.socket.in.buf != nil || p.ours.socket.out.queued != nil || p.ours.socket.out.lent != nil {
				t.Errorf("%s: a buffer is held", when)
			}
		}
		idle("at the start")
		p.theirs.Write([]byte("a message"))
		if n := <-done; n != len("a message") {
			t.Errorf("%d bytes", n)
		}
		p.ours.TryWrite([]byte("an answer"))

		// A record in two parts.
		go func() { done <- read() }()
		idle("between two messages")
		theirs.SetHeld(true)
		p.theirs.Write(make([]byte, 500))
		synctest.Wait()
		select {
		case n := <-done:
			t.Fatalf("%d bytes have come that were held", n)
		default:
		}
		theirs.SetHeld(false)
		if n := <-done; n != 500 {
			t.Errorf("%d bytes", n)
		}
		p.read(t, len("an answer"))
	})
}

// Records that come byte by byte, and several at once.
func TestRecordsInPieces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, between := memconn.Pair(memconn.Options{})
		far, theirs := memconn.Pair(memconn.Options{})
		go io.Copy(far, between)
		step := make(chan int, 1)
		step <- 64 << 10
		go func() {
			size := <-step
			b := make([]byte, 64<<10)
			for {
				select {
				case size = <-step:
				default:
				}
				n, err := far.Read(b[:size])
				if err != nil {
					between.Close()
					return
				}
				between.Write(b[:n])
				synctest.Wait() // what has come is looked at
			}
		}()
		p := newPair(t, ours, theirs, identity().client)
		for _, size := range []int{1, 3, 700, 64 << 10} {
			step <- size
			want := randomBytes(5000)
			p.theirs.Write(want[:1])
			p.theirs.Write(want[1:10])
			p.theirs.Write(want[10:])
			p.wantRead(t, want)
		}
		p.theirs.Close()
		if b, err := p.ready(10); err != io.EOF {
			t.Errorf("at the end: %q, %v", b, err)
		}
	})
}

// The end of input is told from an end in the middle of a record.
func TestEndOfInput(t *testing.T) {
	for what, c := range map[string]struct {
		send []byte
		want error
	}{
		"between records": {nil, io.EOF},
		"in a header":     {[]byte{23, 3}, io.ErrUnexpectedEOF},
		"in a record":     {[]byte{23, 3, 3, 0, 40, 1, 2, 3}, io.ErrUnexpectedEOF},
	} {
		t.Run(what, func(t *testing.T) {
			p, _, theirs := memPair(t, 0)
			p.theirs.Write([]byte("the last"))
			theirs.Write(c.send)
			theirs.Close()
			p.wantRead(t, []byte("the last"))
			for range 2 {
				if b, err := p.ready(10); len(b) > 0 || err != c.want {
					t.Errorf("%q, %v", b, err)
				}
			}
		})
	}
}

// A record that was tampered with ends the connection, and the peer is told.
func TestBadRecord(t *testing.T) {
	p, _, theirs := memPair(t, 0)
	theirs.Write(append([]byte{23, 3, 3, 0, 40}, make([]byte, 40)...))
	if b, err := p.ready(10); err == nil {
		t.Errorf("%q", b)
	}
	var alert *net.OpError
	if _, err := p.theirs.Read(make([]byte, 10)); !errors.As(err, &alert) || alert.Op != "remote error" {
		t.Errorf("the peer: %v", err)
	}
	if _, err := p.ours.TryWrite([]byte("x")); err == nil {
		t.Error("it can be written after an alert")
	}
}

// A deadline wakes who reads, as often as one is set, and loses nothing.
func TestReadDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _, _ := memPair(t, 0)
		for range 3 {
			go func() {
				time.Sleep(time.Second)
				p.ours.SetReadDeadline(time.Unix(1, 0))
			}()
			if b, err := p.ready(10); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%q, %v", b, err)
			}
			p.ours.SetReadDeadline(time.Time{})
		}
		p.theirs.Write([]byte("message"))
		p.wantRead(t, []byte("message"))
	})
}

// A write that fails half way ends the connection for good: what follows would not be
// a record.
func TestWriteFailsHalfWay(t *testing.T) {
	for _, how := range []string{"TryWrite", "Write"} {
		t.Run(how, func(t *testing.T) {
			p, ours, theirs := memPair(t, 4<<10)
			n, err := p.ours.TryWrite(make([]byte, 64<<10))
			if err != nil {
				t.Fatal(err)
			}
			theirs.Reset()
			for range 2 {
				rest := make([]byte, 64<<10-n)
				if how == "Write" {
					_, err = p.ours.Write(rest[:16<<10])
				} else {
					_, err = p.ours.TryWrite(rest)
				}
				if !errors.Is(err, memconn.ConnReset) {
					t.Errorf("%s: %v", how, err)
				}
			}
			p.ours.Close()
			if _, err := ours.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
				t.Errorf("the socket afterwards: %v", err)
			}
		})
	}
}

// Close never waits. It says goodbye where there is room, and interrupts who waits.
func TestClose(t *testing.T) {
	t.Run("idle", func(t *testing.T) {
		p, _, _ := memPair(t, 0)
		p.ours.TryWrite([]byte("bye"))
		p.ours.Close()
		if b, err := io.ReadAll(p.theirs); string(b) != "bye" || err != nil {
			t.Errorf("%q, %v", b, err)
		}
		if !p.ours.tls.ConnectionState().HandshakeComplete {
			t.Error("there was no handshake")
		}
	})
	t.Run("stuck", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p, _, _ := memPair(t, 4<<10)
			began := time.Now()
			failed := make(chan error)
			go func() {
				_, err := p.ours.Write(make([]byte, 64<<10))
				failed <- err
			}()
			go func() {
				_, err := p.ready(10)
				failed <- err
			}()
			synctest.Wait()
			p.ours.Close()
			for range 2 {
				if err := <-failed; !errors.Is(err, net.ErrClosed) {
					t.Errorf("who waited: %v", err)
				}
			}
			if waited := time.Since(began); waited != 0 {
				t.Errorf("it took %v", waited)
			}
		})
	})
}

// Connections that cannot do what a session needs, and those that may be renegotiated,
// are read and written in the usual way.
func TestUsualWay(t *testing.T) {
	m := &node.Node{}
	m.Log = slog.New(slog.DiscardHandler)
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	mem, other := memconn.Pair(memconn.Options{})
	defer mem.Close()
	defer other.Close()
	again := identity().client.Clone()
	again.Renegotiation = tls.RenegotiateOnceAsClient
	plain, err := Listen(&oneListener{conn: a}).Accept()
	if err != nil || plain != a {
		t.Errorf("the listener: %T, %v", plain, err)
	}
	for what, c := range map[string]net.Conn{
		"a pipe":                   Client(m, a, identity().client),
		"renegotiation":            Client(m, mem, again),
		"an accepted pipe":         Accepted(m, tls.Server(plain, identity().server)),
		"a listener that is plain": Accepted(m, tls.Server(mem, identity().server)),
	} {
		if _, ok := c.(*Conn); ok {
			t.Errorf("%s: %T", what, c)
		}
		Begin(c) // changes nothing
	}
	if c := Accepted(m, newSocket(mem)); c != mem {
		t.Errorf("without TLS: %T", c)
	}
}

// What came with the last answer of a handshake is the session's first.
func TestReadAheadOfTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := memconn.Pair(memconn.Options{})
		p := newPair(t, ours, theirs, identity().client)
		p.ours.socket.live.Store(false) // hands are still being shaken
		theirs.SetHeld(true)
		for _, message := range []string{"proof", "first", "second"} {
			p.theirs.Write([]byte(message))
		}
		theirs.SetHeld(false)
		b := make([]byte, 100)
		n, err := p.ours.Read(b)
		if string(b[:n]) != "proof" || err != nil {
			t.Fatalf("%q, %v", b[:n], err)
		}
		Begin(p.ours)
		p.wantRead(t, []byte("firstsecond"))
	})
}

// A read allocates once, in crypto/tls, and a write nothing.
func TestAllocations(t *testing.T) {
	p, _, _ := memPair(t, 0)
	buf := make([]byte, 1024)
	get, put := func() []byte { return buf }, func([]byte) {}
	message := randomBytes(100)
	round := func() {
		p.theirs.Write(message)
		if n, err := p.ours.ReadReady(get, put); n != len(message) || err != nil {
			t.Fatal(n, err)
		}
	}
	round() // what came during the handshake has been looked for
	if n := testing.AllocsPerRun(500, round); n > 1 && !raceEnabled {
		t.Errorf("a read allocates %v times", n)
	}
	answer := func() {
		if n, err := p.ours.TryWrite(message); n != len(message) || err != nil {
			t.Fatal(n, err)
		}
	}
	if n := testing.AllocsPerRun(500, answer); n > 0 && !raceEnabled {
		t.Errorf("a write allocates %v times", n)
	}
}
