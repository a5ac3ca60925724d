package codec

import (
	"io"

	"github.com/tinylib/msgp/msgp"
)

// WriteMsg writes a message to a stream of msgp.
func WriteMsg(w *msgp.Writer, v msgp.Marshaler) error {
	b, err := v.MarshalMsg(nil)
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// ReadMsg reads one message of at most MaxStreamed bytes from a stream of msgp,
// and nothing after it.
func ReadMsg(r *msgp.Reader, v msgp.Unmarshaler) error {
	b, err := appendValue(nil, r, MaxDepth)
	if err != nil {
		return err
	}
	_, err = v.UnmarshalMsg(b)
	return err
}

// longestHead is the longest header of a msgpack value.
const longestHead = 9

// appendValue appends the next value of r to b. It allocates as the bytes
// arrive, not as they are announced.
func appendValue(b []byte, r *msgp.Reader, depth int) ([]byte, error) {
	h, err := nextHead(r)
	if err != nil {
		return b, streamError(err, len(b) == 0)
	}
	size := int64(len(b)) + h.size()
	if size > MaxStreamed {
		return b, &Error{Err: tooMany(size, MaxStreamed, "bytes")}
	}
	if b, err = appendBytes(b, r, int(h.size())); err != nil { // fits: at most MaxStreamed
		return b, streamError(err, false)
	}
	if h.kind != kindArray && h.kind != kindMap {
		return b, nil
	}
	if depth == 0 {
		return b, &Error{Err: errDepth}
	}
	for range h.n {
		if b, err = appendValue(b, r, depth-1); err != nil {
			return b, err
		}
	}
	return b, nil
}

// nextHead looks at the header of the next value without reading it.
func nextHead(r *msgp.Reader) (head, error) {
	for n := 1; n <= longestHead; n++ {
		b, err := r.R.Peek(n)
		if err != nil {
			return head{}, err
		}
		if h, ok := parseHead(b); ok {
			return h, nil
		}
		if err := badHead(b); err != errShort {
			return head{}, &Error{Err: err}
		}
	}
	return head{}, &Error{Err: errShort}
}

// appendBytes appends n bytes of r to b, in steps.
func appendBytes(b []byte, r *msgp.Reader, n int) ([]byte, error) {
	const step = 64 << 10
	for n > 0 {
		at, some := len(b), min(n, step)
		b = append(b, make([]byte, some)...)
		if _, err := r.R.ReadFull(b[at:]); err != nil {
			return b[:at], err
		}
		n -= some
	}
	return b, nil
}

// streamError passes the errors of a stream on as they are, but for an end that
// comes too early. At the start of a message it is io.EOF, as with every reader.
func streamError(err error, first bool) error {
	if first {
		return err
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return &Error{Err: errShort}
	}
	return err
}
