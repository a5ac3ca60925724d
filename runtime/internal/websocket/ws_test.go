package websocket

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"testing/iotest"

	"github.com/gobwas/ws"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// scriptConn reads from a reader; nothing else of it is used.
type scriptConn struct {
	net.Conn
	io.Reader
}

func (c scriptConn) Read(b []byte) (int, error) { return c.Reader.Read(b) }

// wsScript is some messages as the end of the given role sends them.
func wsScript(dialer bool, payloads ...[]byte) []byte {
	w := NewWriter(dialer)
	var out []byte
	for i, p := range payloads {
		op := ws.OpBinary
		if i%3 == 2 && len(p) <= 125 {
			op = ws.OpPing
		}
		out = append(out, w.Seal(append(make([]byte, HeaderMax), p...), op)...)
	}
	return out
}

var wsPayloads = [][]byte{
	{}, []byte("a"), []byte("ping"), bytes.Repeat([]byte("b"), 125), bytes.Repeat([]byte("c"), 126), []byte("d"), bytes.Repeat([]byte("e"), 300),
}

func wantWSPayloads(t *testing.T, r *Reader, payloads [][]byte) {
	t.Helper()
	for i, want := range payloads {
		_, got, err := r.Next()
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("message %d: %d bytes, %v, want %d bytes", i, len(got), err, len(want))
		}
	}
	if _, _, err := r.Next(); err != io.EOF {
		t.Fatalf("at the end: %v", err)
	}
}

// TestWSReaderAtEveryBoundary cuts the same bytes in two at every place, into
// what the upgrade left over, a first read and a second, for both roles.
func TestWSReaderAtEveryBoundary(t *testing.T) {
	for _, dialer := range []bool{true, false} {
		script := wsScript(dialer, wsPayloads...)
		for at := range len(script) + 1 {
			rest := io.MultiReader(bytes.NewReader(script[at:]))
			r := NewReader(scriptConn{Reader: rest}, !dialer, &bufs.Pool{}, wire.MaxBatch, bytes.Clone(script[:at]))
			wantWSPayloads(t, r, wsPayloads)
			parts := io.MultiReader(bytes.NewReader(script[:at]), bytes.NewReader(script[at:]))
			wantWSPayloads(t, NewReader(scriptConn{Reader: parts}, !dialer, &bufs.Pool{}, wire.MaxBatch, nil), wsPayloads)
		}
		one := iotest.OneByteReader(bytes.NewReader(script))
		wantWSPayloads(t, NewReader(scriptConn{Reader: one}, !dialer, &bufs.Pool{}, wire.MaxBatch, nil), wsPayloads)
	}
}

func TestWSReaderGrowsAndShrinks(t *testing.T) {
	big := bytes.Repeat([]byte("0123456789abcdef"), wire.MaxBatch/16)
	payloads := [][]byte{[]byte("small"), big, []byte("small"), big[:readBuffer], big[:1<<16], []byte("end")}
	script := wsScript(true, payloads...)
	for _, size := range []int{1000, 4096, 1 << 20} {
		r := NewReader(scriptConn{Reader: &pieceReader{script, size}}, false, &bufs.Pool{}, wire.MaxBatch, nil)
		wantWSPayloads(t, r, payloads)
		if len(r.buf) > readBuffer+bufs.BufferSlack {
			t.Errorf("a buffer of %d bytes was kept", len(r.buf))
		}
	}
}

// A reader of handshake messages holds a small buffer. Batches that come right
// behind them, however the bytes are cut, are read as any others afterwards.
func TestWSReaderIsSmallUntilBatchesAreExpected(t *testing.T) {
	const most = 4 << 10
	handshake := [][]byte{bytes.Repeat([]byte("h"), 150), bytes.Repeat([]byte("p"), most)}
	batches := [][]byte{[]byte("first"), bytes.Repeat([]byte("b"), wire.MaxPayload), {}, bytes.Repeat([]byte("c"), 5000)}
	script := wsScript(true, append(handshake, batches...)...)
	for _, size := range []int{1, 160, 1000, most, 1 << 20} {
		for _, left := range []int{0, 1, 170, 170 + most, 170 + most + 20, len(script)} {
			rest := &pieceReader{script[left:], size}
			r := NewReader(scriptConn{Reader: rest}, false, &bufs.Pool{}, most, bytes.Clone(script[:left]))
			for i, want := range handshake {
				if _, got, err := r.Next(); err != nil || !bytes.Equal(got, want) {
					t.Fatalf("handshake message %d: %d bytes, %v", i, len(got), err)
				}
			}
			if held := cap(r.buf); held > 2*max(most, left) {
				t.Errorf("a buffer of %d bytes, cut at %d and each %d", held, left, size)
			}
			r.ExpectBatches()
			wantWSPayloads(t, r, batches)
			if len(r.buf) < readBuffer-bufs.BufferSlack {
				t.Errorf("a buffer of %d bytes for batches, cut at %d and each %d", len(r.buf), left, size)
			}
		}
	}
}

// pieceReader returns at most size bytes a read.
type pieceReader struct {
	b    []byte
	size int
}

func (p *pieceReader) Read(b []byte) (int, error) {
	if len(p.b) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.size)], p.b)
	p.b = p.b[n:]
	return n, nil
}

func TestWSReaderBuffered(t *testing.T) {
	script := wsScript(true, []byte("one"), []byte("two"))
	r := NewReader(scriptConn{Reader: bytes.NewReader(nil)}, false, &bufs.Pool{}, wire.MaxBatch, script[:len(script)-1])
	if !r.Buffered() {
		t.Error("a complete message is not seen")
	}
	if _, _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if r.Buffered() {
		t.Error("an incomplete message is taken for complete")
	}
}

func TestWSReaderRefuses(t *testing.T) {
	for name, b := range map[string][]byte{
		"text":         {0x81, 0x80, 0, 0, 0, 0},
		"continuation": {0x80, 0x80, 0, 0, 0, 0},
		"reserved bit": {0xc2, 0x80, 0, 0, 0, 0},
		"opcode 3":     {0x83, 0x80, 0, 0, 0, 0},
		"unmasked":     {0x82, 0x00},
		"long ping":    {0x89, 0xfe, 0, 126, 0, 0, 0, 0},
		"too large":    {0x82, 0xff, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0, 0},
		"top bit":      {0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
	} {
		r := NewReader(scriptConn{Reader: bytes.NewReader(b)}, false, &bufs.Pool{}, wire.MaxBatch, nil)
		if _, _, err := r.Next(); !errors.Is(err, ErrWebSocket) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := NewReader(scriptConn{Reader: bytes.NewReader([]byte{0x82, 0x80, 0, 0, 0, 0})}, true, &bufs.Pool{}, wire.MaxBatch, nil)
	if _, _, err := r.Next(); !errors.Is(err, ErrWebSocket) {
		t.Errorf("masked from an acceptor: %v", err)
	}
}

// A reader that expects chunks reads several batches at once, and takes its usual
// buffer again when none came for a while.
func TestWSReaderOfBulk(t *testing.T) {
	batch := bytes.Repeat([]byte("b"), wire.ChunkSize)
	const batches, small = 64, 100
	var payloads [][]byte
	for range batches {
		payloads = append(payloads, batch)
	}
	bulk := wsScript(true, payloads...)
	afterwards := bytes.Repeat(wsScript(true, make([]byte, small)), bulkReads+1)
	for range bulkReads + 1 {
		payloads = append(payloads, make([]byte, small))
	}
	source := &countingReader{Reader: bytes.NewReader(bulk)}
	rest := io.MultiReader(source, &pieceReader{afterwards, len(afterwards) / (bulkReads + 1)})
	r := NewReader(nil, false, &bufs.Pool{}, wire.MaxBatch+wire.ChecksumSize, nil)
	r.Ready = readyReader{rest}
	for i, want := range payloads {
		_, got, err := r.Next()
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("message %d: %d bytes, %v, want %d bytes", i, len(got), err, len(want))
		}
		if i < batches {
			r.ExpectBulk()
		}
	}
	if most := len(bulk)/bulkBuffer + 4; source.reads > most {
		t.Errorf("%d reads for %d batches, at most %d are needed", source.reads, batches, most)
	}
	if _, _, err := r.Next(); err != io.EOF || r.buf != nil || r.size != readBuffer {
		t.Errorf("%v, a buffer of %d bytes was kept, the next one has %d", err, len(r.buf), r.size)
	}
}

// busyReader notes what it is told about looking for bytes before it waits.
type busyReader struct {
	readyReader
	told []bool
}

func (r *busyReader) BusyPoll(on bool) { r.told = append(r.told, on) }

// While chunks come, or room for them, the connection does not wait at once; afterwards it does again.
func TestWSReaderOfWhatComesSoon(t *testing.T) {
	for name, expect := range map[string]func(*Reader){"chunks": (*Reader).ExpectBulk, "room": (*Reader).ExpectSoon} {
		script := bytes.Repeat(wsScript(true, make([]byte, 100)), bulkReads+3)
		busy := &busyReader{readyReader: readyReader{&pieceReader{script, len(script) / (bulkReads + 3)}}}
		r := NewReader(nil, false, &bufs.Pool{}, wire.MaxBatch+wire.ChecksumSize, nil)
		r.Ready = busy
		for i := range bulkReads + 3 {
			if _, _, err := r.Next(); err != nil {
				t.Fatal(err)
			}
			if i < 2 {
				expect(r)
			}
			if want := i < bulkReads+1; busy.told[len(busy.told)-1] != want {
				t.Fatalf("%s: after %d messages it was told %v", name, i+1, busy.told)
			}
		}
		if len(busy.told) != 2 {
			t.Errorf("%s: it was told %v", name, busy.told)
		}
	}
}

// A connection that holds its buffer while it is idle has no larger one for chunks.
func TestWSReaderOfBulkWithoutReady(t *testing.T) {
	const batches = 8
	script := bytes.Repeat(wsScript(true, bytes.Repeat([]byte("b"), wire.ChunkSize)), batches)
	r := NewReader(scriptConn{Reader: &pieceReader{script, 16 << 10}}, false, &bufs.Pool{}, wire.MaxBatch+wire.ChecksumSize, nil)
	for range batches {
		if _, _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		r.ExpectBulk()
	}
	if len(r.buf) > readBuffer {
		t.Errorf("a buffer of %d bytes", len(r.buf))
	}
}

// readyReader is a connection that tells when it is readable.
type readyReader struct{ io.Reader }

func (r readyReader) ReadReady(get func() []byte, put func([]byte)) (int, error) {
	b := get()
	n, err := r.Read(b)
	if n == 0 {
		put(b)
	}
	return n, err
}

type countingReader struct {
	io.Reader
	reads int
}

func (c *countingReader) Read(b []byte) (int, error) {
	c.reads++
	return c.Reader.Read(b)
}

// FuzzWSReader gives any bytes to the reader, whole and byte by byte: both ways
// give the same messages, none above the limit, and end.
func FuzzWSReader(f *testing.F) {
	f.Add(wsScript(true, wsPayloads...), true)
	f.Add(wsScript(false, wsPayloads...), false)
	f.Add(append(inFragments([]byte("fragments"), 3, 0, 6), wsScript(true, []byte("whole"))...), false)
	f.Add(append(wsFrame(ws.OpBinary, false, []byte("cut")), wsFrame(ws.OpPing, true, nil)...), false)
	pool := &bufs.Pool{}
	f.Fuzz(func(t *testing.T, data []byte, dialer bool) {
		const most = 1000
		read := func(size int) (out [][]byte, err error) {
			r := NewReader(scriptConn{Reader: &pieceReader{bytes.Clone(data), size}}, dialer, pool, most, nil)
			for {
				_, payload, err := r.Next()
				if err != nil {
					pool.Put(r.buf)
					return out, err
				}
				if len(payload) > most {
					t.Fatalf("a message of %d bytes", len(payload))
				}
				out = append(out, bytes.Clone(payload))
			}
		}
		whole, err1 := read(len(data) + 1)
		pieces, err2 := read(1)
		if len(whole) != len(pieces) || err1.Error() != err2.Error() {
			t.Fatalf("%d messages, %v; byte by byte %d, %v", len(whole), err1, len(pieces), err2)
		}
		for i := range whole {
			if !bytes.Equal(whole[i], pieces[i]) {
				t.Fatalf("message %d differs", i)
			}
		}
	})
}
