package peer

import (
	"encoding/binary"
	"fmt"
	"net"
)

// The mux is the least that carries many calls over one connection: a number and
// the bytes, requests and answers gathered into one write as gridc gathers them.
// No codec, no handler, no deadline, no flow control, no WebSocket, no checksum. It
// is the limit of a multiplexer, as tcp is that of a socket.
var muxPeer = newMux("mux", "std",
	"the least that carries many calls over one TCP connection: numbered payloads, gathered into one write; no codec, no deadlines, no flow control",
	muxPayloads{
		request:  func(b []byte, call *Call) ([]byte, error) { return append(b, call.Data...), nil },
		answer:   func(b, request []byte) ([]byte, error) { return append(b, request...), nil },
		response: takeBytes,
	})

// muxPayloads is what a multiplexer carries. request and answer keep nothing of the bytes
// that they are given.
type muxPayloads struct {
	// request appends the request of call to b.
	request func(b []byte, call *Call) ([]byte, error)
	// answer appends the response to a request to b. It is the server.
	answer func(b, request []byte) ([]byte, error)
	// response fills in what came back, from call.buf. The caller calls it.
	response func(call *Call) error
}

// takeBytes leaves the payload where it is. The text is not sent.
func takeBytes(call *Call) error {
	call.GotText, call.GotData = call.Text, call.buf
	return nil
}

func newMux(name, module, about string, p muxPayloads) Peer {
	return Peer{
		Name: name, About: about, Module: module,
		Serve: serveEach(func(conn net.Conn) {
			_ = answerNumbered(conn, p.answer) // the client sees the closed connection
		}),
		Dialer:    func(to Target) (Dialer, error) { return muxDialer{to, p}, nil },
		NoStreams: true,
	}
}

// muxHead is the length of what follows the length itself, and the number.
const muxHead = 8

// beginNumbered appends the head of the message that is to follow; endNumbered fills in
// the length of the one that began at that index.
func beginNumbered(b []byte, n uint32) []byte {
	return binary.LittleEndian.AppendUint64(b, uint64(n)<<32)
}

func endNumbered(b []byte, at int) {
	binary.LittleEndian.PutUint32(b[at:], uint32(len(b)-at-4))
}

// numberOf is that of a message with its head.
func numberOf(m []byte) uint32 { return binary.LittleEndian.Uint32(m[4:]) }

// muxReader cuts what arrives into numbered payloads.
type muxReader struct {
	conn net.Conn
	buf  []byte
	rest []byte // of buf: not cut yet
}

// more reads at least one whole message.
func (r *muxReader) more() error {
	have := copy(r.buf, r.rest)
	for {
		n, err := r.conn.Read(r.buf[have:])
		if err != nil {
			return err
		}
		have += n
		r.rest = r.buf[:have]
		need := muxHead
		if have >= muxHead {
			need = 4 + int(binary.LittleEndian.Uint32(r.buf))
		}
		switch {
		case need > maxMessage:
			return fmt.Errorf("a message of %d bytes", need)
		case have >= need:
			return nil
		case need > len(r.buf):
			r.buf = append(r.buf, make([]byte, need)...)
		}
	}
}

// next returns the next message that is there in whole, with its head, or nil.
func (r *muxReader) next() []byte {
	if len(r.rest) < muxHead {
		return nil
	}
	n := 4 + int(binary.LittleEndian.Uint32(r.rest))
	if n < muxHead || n > len(r.rest) {
		return nil
	}
	m := r.rest[:n]
	r.rest = r.rest[n:]
	return m
}

// answerNumbered answers all that arrives, in one write for each read.
func answerNumbered(conn net.Conn, answer func(b, request []byte) ([]byte, error)) error {
	r := &muxReader{conn: conn, buf: make([]byte, 2*wide)}
	var out []byte
	for {
		if err := r.more(); err != nil {
			return err
		}
		out = out[:0]
		for m := r.next(); m != nil; m = r.next() {
			at := len(out)
			var err error
			if out, err = answer(beginNumbered(out, numberOf(m)), m[muxHead:]); err != nil {
				return err
			}
			endNumbered(out, at)
		}
		if _, err := conn.Write(out); err != nil {
			return err
		}
	}
}
