package websocket

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/gobwas/ws"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// wsFrame is one masked frame as a client sends it.
func wsFrame(op ws.OpCode, final bool, payload []byte) []byte {
	w := NewWriter(true)
	b := w.Seal(append(make([]byte, HeaderMax), payload...), op)
	if !final {
		b[0] &^= 0x80
	}
	return b
}

// inFragments is one message in fragments of these sizes.
func inFragments(message []byte, sizes ...int) (script []byte) {
	op := ws.OpBinary
	for i, n := range sizes {
		script = append(script, wsFrame(op, i == len(sizes)-1, message[:n])...)
		message, op = message[n:], ws.OpContinuation
	}
	return script
}

func acceptorOf(script []byte, piece int) *Reader {
	return NewReader(scriptConn{Reader: &pieceReader{script, piece}}, false, &bufs.Pool{}, wire.MaxBatch, nil)
}

// Fragments are joined, however the bytes are cut, and control frames between them are
// messages of their own, as RFC 6455 section 5.4 allows.
func TestFragmentsAreJoined(t *testing.T) {
	text := []byte("a message of several fragments")
	script := inFragments(text, 9, 0, len(text)-9)
	script = append(script, wsFrame(ws.OpBinary, true, []byte("whole"))...)
	script = append(script, wsFrame(ws.OpBinary, false, []byte("be"))...)
	script = append(script, wsFrame(ws.OpPing, true, []byte("ping"))...)
	script = append(script, wsFrame(ws.OpContinuation, false, []byte("twe"))...)
	script = append(script, wsFrame(ws.OpPong, true, nil)...)
	script = append(script, wsFrame(ws.OpContinuation, true, []byte("en"))...)
	script = append(script, inFragments(nil, 0, 0)...)
	script = append(script, wsFrame(ws.OpBinary, true, []byte("end"))...)
	want := [][]byte{text, []byte("whole"), []byte("ping"), {}, []byte("between"), {}, []byte("end")}
	for piece := 1; piece <= len(script); piece++ {
		wantWSPayloads(t, acceptorOf(bytes.Clone(script), piece), want)
	}
}

// A joined message is the reader's until the next one is asked for, and then the pool's.
func TestFragmentsGiveTheirMemoryBack(t *testing.T) {
	large := bytes.Repeat([]byte("0123456789abcdef"), wire.MaxBatch/16)
	script := inFragments(large, 100_000, 100_000, len(large)-200_000)
	script = append(script, wsFrame(ws.OpBinary, true, nil)...)
	r := acceptorOf(script, 10_000)
	_, got, err := r.Next()
	if err != nil || !bytes.Equal(got, large) {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	if _, _, err := r.Next(); err != nil || r.parts.buf != nil || r.FragmentsSince() != 0 {
		t.Errorf("%v, %d bytes were kept", err, cap(r.parts.buf))
	}
}

// Buffered is false until the last fragment is there: who asks has answers to flush
// before it waits.
func TestFragmentsAreBufferedWhenWhole(t *testing.T) {
	script := inFragments([]byte("abc"), 1, 1, 1)
	for n := range len(script) {
		r := NewReader(scriptConn{Reader: bytes.NewReader(nil)}, false, &bufs.Pool{}, wire.MaxBatch, bytes.Clone(script[:n]))
		if r.Buffered() {
			t.Errorf("a message is taken for complete after %d of %d bytes", n, len(script))
		}
	}
	r := NewReader(scriptConn{Reader: bytes.NewReader(nil)}, false, &bufs.Pool{}, wire.MaxBatch, bytes.Clone(script))
	if !r.Buffered() {
		t.Error("a complete message in fragments is not seen")
	}
	between := append(wsFrame(ws.OpBinary, false, []byte("a")), wsFrame(ws.OpPing, true, nil)...)
	r = NewReader(scriptConn{Reader: bytes.NewReader(nil)}, false, &bufs.Pool{}, wire.MaxBatch, between)
	if op, _, err := r.Next(); op != ws.OpPing || err != nil || !strings.Contains(errOf(r).Error(), "EOF") {
		t.Errorf("a ping between fragments: %v, %v", op, err)
	}
}

func errOf(r *Reader) error {
	_, _, err := r.Next()
	return err
}

// What goes past a bound, or does not fit RFC 6455, is refused before its payload has come.
func TestFragmentsAreBounded(t *testing.T) {
	first := wsFrame(ws.OpBinary, false, make([]byte, 100))
	oversize := func(op ws.OpCode, final bool, length int) []byte {
		return wsFrame(op, final, make([]byte, length))[:HeaderMax] // of 65,536 and more: the header alone
	}
	for _, c := range []struct {
		name   string
		script []byte
		reason string
	}{
		{"together too large", append(bytes.Clone(first), oversize(ws.OpContinuation, true, wire.MaxBatch-99)...), "at most"},
		{"too large, and more to come", append(bytes.Clone(first), oversize(ws.OpContinuation, false, wire.MaxBatch-99)...), "at most"},
		{"first too large", oversize(ws.OpBinary, false, wire.MaxBatch+1), "at most"},
		{"too many", append(wsFrame(ws.OpBinary, false, nil), bytes.Repeat(wsFrame(ws.OpContinuation, false, nil), MaxFragments)...), "more than 128 fragments"},
		{"another message between", append(bytes.Clone(first), wsFrame(ws.OpBinary, true, nil)...), "non-continuation"},
		{"another first fragment between", append(bytes.Clone(first), first...), "non-continuation"},
		{"text", wsFrame(ws.OpText, false, []byte("hello")), "text"},
		{"text between", append(bytes.Clone(first), wsFrame(ws.OpText, true, []byte("hello"))...), "non-continuation"},
		{"continuation of nothing", wsFrame(ws.OpContinuation, true, nil), "continuation"},
		{"continuation of what is whole", append(inFragments(make([]byte, 2), 1, 1), wsFrame(ws.OpContinuation, true, nil)...), "continuation"},
		{"ping in fragments", wsFrame(ws.OpPing, false, nil), "not final"},
		{"reserved bit on a continuation", append(bytes.Clone(first), 0xc0, 0x80, 0, 0, 0, 0), "rsv"},
	} {
		r := acceptorOf(c.script, 1000)
		var err error
		for err == nil {
			_, _, err = r.Next()
		}
		if !errors.Is(err, ErrWebSocket) || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	most := append(bytes.Repeat(wsFrame(ws.OpContinuation, false, nil), MaxFragments-2), wsFrame(ws.OpContinuation, true, nil)...)
	wantWSPayloads(t, acceptorOf(append(wsFrame(ws.OpBinary, false, nil), most...), 1000), [][]byte{{}})
}

// A dialer joins nothing: acceptors of this protocol send no fragments.
func TestFragmentsToADialerAreRefused(t *testing.T) {
	r := NewReader(scriptConn{Reader: bytes.NewReader([]byte{0x02, 0x01, 'a', 0x80, 0x00})}, true, &bufs.Pool{}, wire.MaxBatch, nil)
	if _, _, err := r.Next(); !errors.Is(err, ErrWebSocket) || !strings.Contains(err.Error(), "fragmented") {
		t.Error(err)
	}
}

// Since when a message is coming is told from its first fragment to its last.
func TestFragmentsTellSinceWhen(t *testing.T) {
	now := int64(0)
	r := acceptorOf(inFragments([]byte("ab"), 1, 1), 7)
	r.Now = func() int64 { now++; return now }
	seen := []int64{}
	r.Progress = func() { seen = append(seen, r.FragmentsSince()) }
	if _, _, err := r.Next(); err != nil || r.FragmentsSince() != 0 {
		t.Error(err, r.FragmentsSince())
	}
	if len(seen) != 2 || seen[0] != 0 || seen[1] != 1 || now != 1 {
		t.Errorf("since %v, %d looks at the clock", seen, now)
	}
}

// BenchmarkFragments reads a batch of 64 KiB whole, and in four fragments.
func BenchmarkFragments(b *testing.B) {
	batch := make([]byte, 64<<10)
	for name, script := range map[string][]byte{
		"whole": wsFrame(ws.OpBinary, true, batch),
		"four":  inFragments(batch, 16<<10, 16<<10, 16<<10, 16<<10),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(batch)))
			source := &again{script: script}
			r := NewReader(scriptConn{Reader: source}, false, &bufs.Pool{}, wire.MaxBatch, nil)
			for b.Loop() {
				if _, _, err := r.Next(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// again reads the same bytes for ever.
type again struct {
	script []byte
	at     int
}

func (a *again) Read(b []byte) (int, error) {
	if a.at == len(a.script) {
		a.at = 0
	}
	n := copy(b, a.script[a.at:])
	a.at += n
	return n, nil
}

var _ io.Reader = (*again)(nil)
