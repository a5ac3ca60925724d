package memconn_test

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/memconn"
)

// inBubble runs a test in fake time on a pair of these options.
func inBubble(t *testing.T, o memconn.Options, test func(t *testing.T, a, b *memconn.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a, b := memconn.Pair(o)
		defer a.Close()
		defer b.Close()
		test(t, a, b)
	})
}

// TestWaitsAreDurable checks that calls which wait let fake time go on: a bubble
// whose goroutines wait in any other way would hang or be declared dead.
func TestWaitsAreDurable(t *testing.T) {
	inBubble(t, memconn.Options{Buffer: 1 << 10}, func(t *testing.T, a, b *memconn.Conn) {
		start := time.Now()
		a.SetDeadline(start.Add(time.Hour))
		errs := make(chan error, 4)
		go func() { errs <- second(a.Read(make([]byte, 1))) }()
		for range 2 { // one waits for room, one for its turn
			go func() { errs <- second(a.Write(make([]byte, 2<<10))) }()
		}
		go func() { errs <- second(a.ReadReady(func() []byte { return make([]byte, 1) }, func([]byte) {})) }()
		for range 4 {
			wantTimeout(t, "waiting call", <-errs)
		}
		if since := time.Since(start); since != time.Hour {
			t.Errorf("the deadline came after %v", since)
		}
	})
}

// TestDeadlineMoves replaces deadlines under a call that waits: by a later one,
// by none, and by an earlier one. Only the last one set counts.
func TestDeadlineMoves(t *testing.T) {
	inBubble(t, memconn.Options{}, func(t *testing.T, a, b *memconn.Conn) {
		start := time.Now()
		a.SetReadDeadline(start.Add(time.Minute))
		time.AfterFunc(time.Second, func() { a.SetReadDeadline(start.Add(2 * time.Hour)) })
		time.AfterFunc(time.Hour, func() { a.SetReadDeadline(time.Time{}) })
		time.AfterFunc(4*time.Hour, func() { a.SetReadDeadline(start.Add(24 * time.Hour)) })
		time.AfterFunc(5*time.Hour, func() { a.SetReadDeadline(start.Add(6 * time.Hour)) })
		wantTimeout(t, "Read", second(a.Read(make([]byte, 1))))
		if since := time.Since(start); since != 6*time.Hour {
			t.Errorf("timed out after %v", since)
		}
	})
}

func TestLatencyIsExact(t *testing.T) {
	inBubble(t, latency(40*time.Millisecond), func(t *testing.T, a, b *memconn.Conn) {
		start := time.Now()
		a.Write([]byte("x"))
		if since := time.Since(start); since != 0 {
			t.Errorf("Write took %v", since)
		}
		b.Read(make([]byte, 1))
		if since := time.Since(start); since != 40*time.Millisecond {
			t.Errorf("the byte took %v", since)
		}
		a.Close()
		if _, err := b.Read(make([]byte, 1)); err != io.EOF || time.Since(start) != 80*time.Millisecond {
			t.Errorf("after %v: %v, want the end after 80ms", time.Since(start), err)
		}
		wantIs(t, "Write", second(b.Write([]byte("x"))), syscall.EPIPE)
	})
}

// TestOrderSurvivesShrinkingDelay gives later bytes a shorter way.
func TestOrderSurvivesShrinkingDelay(t *testing.T) {
	delay := 100 * time.Millisecond
	o := memconn.Options{AToB: func(now time.Time, _ int) time.Time { return now.Add(delay) }}
	inBubble(t, o, func(t *testing.T, a, b *memconn.Conn) {
		start := time.Now()
		for i := range 10 {
			a.Write([]byte{byte(i)})
			delay -= 10 * time.Millisecond
		}
		a.Close()
		got, err := io.ReadAll(b)
		if string(got) != "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09" || err != nil {
			t.Errorf("got %x, %v", got, err)
		}
		if since := time.Since(start); since != 100*time.Millisecond {
			t.Errorf("arrived after %v", since)
		}
	})
}

// TestWriterLearnsOfPeerLater has a writer wait for room when the news of the
// peer's end is still on its way.
func TestWriterLearnsOfPeerLater(t *testing.T) {
	ends := map[string]struct {
		end  func(*memconn.Conn) error
		want error
	}{
		"close": {(*memconn.Conn).Close, syscall.EPIPE},
		"reset": {(*memconn.Conn).Reset, syscall.ECONNRESET},
	}
	for name, c := range ends {
		t.Run(name, func(t *testing.T) {
			inBubble(t, latency(time.Second), func(t *testing.T, a, b *memconn.Conn) {
				start := time.Now()
				c.end(a)
				n, err := b.Write(make([]byte, 1<<20))
				wantIs(t, "Write", err, c.want)
				if n != 256<<10 || time.Since(start) != time.Second {
					t.Errorf("%d bytes left, failed after %v", n, time.Since(start))
				}
			})
		})
	}
}

func TestResetOvertakesBytes(t *testing.T) {
	slow := memconn.Options{AToB: func(now time.Time, n int) time.Time {
		return now.Add(time.Second + time.Duration(n)*time.Second)
	}}
	inBubble(t, slow, func(t *testing.T, a, b *memconn.Conn) {
		start := time.Now()
		a.Write(make([]byte, 100))
		a.Reset()
		wantIs(t, "Read", second(b.Read(make([]byte, 1))), syscall.ECONNRESET)
		if since := time.Since(start); since != time.Second {
			t.Errorf("the reset took %v", since)
		}
	})
}

// TestHeld holds bytes and the end of the stream; what came before stays.
func TestHeld(t *testing.T) {
	inBubble(t, latency(time.Second), func(t *testing.T, a, b *memconn.Conn) {
		a.Write([]byte("before"))
		time.Sleep(time.Second)
		a.SetHeld(true)
		for range 100 {
			a.Write([]byte("!"))
		}
		a.Close()
		b.SetReadDeadline(time.Now().Add(time.Hour))
		got, err := io.ReadAll(b)
		wantTimeout(t, "ReadAll", err)
		if string(got) != "before" {
			t.Errorf("read %q through a held connection", got)
		}
		wantIs(t, "Write against silence", second(b.Write([]byte("x"))), nil)

		time.AfterFunc(time.Hour, func() { a.SetHeld(false) })
		b.SetReadDeadline(time.Time{})
		got, err = io.ReadAll(b)
		if len(got) != 100 || err != nil {
			t.Errorf("after the release: %q, %v", got, err)
		}
	})
}

func TestHeldFillsTheBuffer(t *testing.T) {
	inBubble(t, memconn.Options{Buffer: 10 << 10}, func(t *testing.T, a, b *memconn.Conn) {
		a.SetHeld(true)
		a.SetWriteDeadline(time.Now().Add(time.Minute))
		n, err := a.Write(make([]byte, 1<<20))
		wantTimeout(t, "Write", err)
		if n != 10<<10 {
			t.Errorf("%d bytes left", n)
		}
	})
}

// TestStalled freezes a receiver, but not its clock.
func TestStalled(t *testing.T) {
	inBubble(t, memconn.Options{}, func(t *testing.T, a, b *memconn.Conn) {
		a.Write([]byte("there already"))
		b.SetStalled(true)
		b.SetReadDeadline(time.Now().Add(time.Hour))
		wantTimeout(t, "Read", second(b.Read(make([]byte, 1))))
		a.Reset()
		wantIs(t, "Write before the news", second(b.Write([]byte("x"))), nil)
		b.SetStalled(false)
		b.SetReadDeadline(time.Time{})
		wantIs(t, "Read", second(b.Read(make([]byte, 1))), syscall.ECONNRESET)
	})
}

func TestStalledCloses(t *testing.T) {
	inBubble(t, memconn.Options{}, func(t *testing.T, a, b *memconn.Conn) {
		b.SetStalled(true)
		time.AfterFunc(time.Minute, func() { b.Close() })
		wantIs(t, "Read", second(b.Read(make([]byte, 1))), net.ErrClosed)
	})
}

// TestReplanOnlyHastens changes the delay under way.
func TestReplanOnlyHastens(t *testing.T) {
	delay := time.Minute
	o := memconn.Options{AToB: func(now time.Time, _ int) time.Time { return now.Add(delay) }}
	inBubble(t, o, func(t *testing.T, a, b *memconn.Conn) {
		start := time.Now()
		a.Write([]byte("xy"))
		a.Close()
		delay = time.Hour
		a.Replan()
		b.Read(make([]byte, 1))
		if since := time.Since(start); since != time.Minute {
			t.Errorf("a longer delay was applied to what had left: %v", since)
		}
	})
	delay = time.Hour
	inBubble(t, o, func(t *testing.T, a, b *memconn.Conn) {
		start := time.Now()
		a.Write([]byte("xy"))
		a.Close()
		time.AfterFunc(time.Second, func() {
			delay = time.Second
			a.Replan()
		})
		if got, err := io.ReadAll(b); string(got) != "xy" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		if since := time.Since(start); since != 2*time.Second {
			t.Errorf("a shorter delay did not hasten what was on its way: %v", since)
		}
	})
}

func TestKill(t *testing.T) {
	inBubble(t, latency(time.Second), func(t *testing.T, a, b *memconn.Conn) {
		start := time.Now()
		a.Kill()
		wantIs(t, "Read at the killed end", second(a.Read(make([]byte, 1))), syscall.ECONNRESET)
		wantIs(t, "Write at the killed end", second(a.Write([]byte("x"))), syscall.ECONNRESET)
		wantIs(t, "Read at the other end", second(b.Read(make([]byte, 1))), syscall.ECONNRESET)
		if time.Since(start) != time.Second {
			t.Errorf("the news took %v", time.Since(start))
		}
		if a.Ended() {
			t.Error("a pair has ended of which one end is open")
		}
		wantIs(t, "Close of a killed end", a.Close(), nil)
		b.Close()
		if !a.Ended() {
			t.Error("a pair has not ended of which both ends are closed")
		}
	})
}

// TestCloseAfterKillSaysNothing has a close that would arrive before the reset.
func TestCloseAfterKillSaysNothing(t *testing.T) {
	delay := time.Second
	o := memconn.Options{AToB: func(now time.Time, _ int) time.Time { return now.Add(delay) }}
	inBubble(t, o, func(t *testing.T, a, b *memconn.Conn) {
		a.Kill()
		delay = 0
		a.Close()
		wantIs(t, "Read", second(b.Read(make([]byte, 1))), syscall.ECONNRESET)
	})
}

// TestReadReadyTakesNoBufferWhileIdle counts.
func TestReadReadyTakesNoBufferWhileIdle(t *testing.T) {
	inBubble(t, memconn.Options{}, func(t *testing.T, a, b *memconn.Conn) {
		var gets, puts int
		buf := make([]byte, 16)
		get := func() []byte { gets++; return buf }
		put := func([]byte) { puts++ }
		done := make(chan error)
		go func() {
			n, err := b.ReadReady(get, put)
			if n != 5 || string(buf[:n]) != "hello" {
				t.Errorf("read %q", buf[:n])
			}
			done <- err
		}()
		time.Sleep(time.Hour)
		synctest.Wait()
		if gets != 0 {
			t.Errorf("an idle reader holds %d buffers", gets)
		}
		a.Write([]byte("hello"))
		if err := <-done; err != nil || gets != 1 || puts != 0 {
			t.Errorf("%d gets, %d puts, %v", gets, puts, err)
		}
	})
}

// TestReadReadyGivesBackWhenBroken breaks the connection between the news of
// bytes and the read.
func TestReadReadyGivesBackWhenBroken(t *testing.T) {
	inBubble(t, memconn.Options{}, func(t *testing.T, a, b *memconn.Conn) {
		var puts int
		a.Write([]byte("x"))
		n, err := b.ReadReady(
			func() []byte { a.Reset(); return make([]byte, 1) },
			func([]byte) { puts++ })
		if n != 0 || !errors.Is(err, syscall.ECONNRESET) || puts != 1 {
			t.Errorf("%d, %v, %d puts", n, err, puts)
		}
	})
}

// TestTryWriteBesideWrite finds no room while a Write waits for it.
func TestTryWriteBesideWrite(t *testing.T) {
	inBubble(t, memconn.Options{Buffer: 10}, func(t *testing.T, a, b *memconn.Conn) {
		if n, err := a.TryWrite(make([]byte, 8)); n != 8 || err != nil {
			t.Errorf("with room: %d, %v", n, err)
		}
		if n, err := a.TryWrite(make([]byte, 8)); n != 2 || err != nil {
			t.Errorf("with room for two: %d, %v", n, err)
		}
		go a.Write(make([]byte, 100))
		synctest.Wait()
		for range 50 {
			b.Read(make([]byte, 1)) // room, but it is the waiting Write's
			if n, err := a.TryWrite([]byte("x")); n != 0 || err != nil {
				t.Fatalf("beside a waiting Write: %d, %v", n, err)
			}
		}
		a.SetWriteDeadline(time.Unix(1, 0))
		wantIs(t, "TryWrite", second(a.TryWrite([]byte("x"))), os.ErrDeadlineExceeded)
	})
}

func TestNoAllocations(t *testing.T) {
	a, b := memconn.Pair(memconn.Options{})
	defer a.Close()
	defer b.Close()
	buf := make([]byte, 512)
	a.Write(buf)
	b.Read(buf)
	got := testing.AllocsPerRun(100, func() {
		a.Write(buf)
		b.Read(buf)
	})
	if got != 0 {
		t.Errorf("%v allocations to write and read", got)
	}
}
