package call

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gridrpc/gridc/runtime/dynamic"
	"github.com/gridrpc/gridc/runtime/schema"
)

// Input is the JSON that goes to a handler: values one after the other.
type Input struct {
	reader io.Reader
	seeker io.Seeker // nil: what was read is gone, as from a pipe
	close  func() error

	dec  *json.Decoder
	read int // values so far
}

// OpenInput opens what -d says: JSON, @FILE, @- for standard input, or nothing at all.
func OpenInput(data *string, stdin io.Reader) (*Input, error) {
	in := &Input{close: func() error { return nil }}
	switch {
	case data == nil:
		in.from(strings.NewReader(""))
	case *data == "@-":
		in.reader = stdin
	case strings.HasPrefix(*data, "@"):
		file, err := os.Open((*data)[1:])
		if err != nil {
			return nil, err
		}
		in.close = file.Close
		in.from(file)
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			in.seeker = nil // a pipe with a name
		}
	default:
		in.from(strings.NewReader(*data))
	}
	in.dec = json.NewDecoder(in.reader)
	return in, nil
}

func (in *Input) from(r io.ReadSeeker) { in.reader, in.seeker = r, r }

// Close closes the file, if there is one.
func (in *Input) Close() error { return in.close() }

// rewind goes back to the first value, and reports whether that is possible.
func (in *Input) rewind() (bool, error) {
	if in.seeker == nil {
		return false, nil
	}
	_, err := in.seeker.Seek(0, io.SeekStart)
	in.dec, in.read = json.NewDecoder(in.reader), 0
	return true, err
}

// next returns the next value encoded as a type, or io.EOF.
func (in *Input) next(c dynamic.Codec, ty *schema.Type, what string) ([]byte, error) {
	var value json.RawMessage
	err := in.dec.Decode(&value)
	switch syntax, _ := errors.AsType[*json.SyntaxError](err); {
	case err == io.EOF:
		return nil, io.EOF
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, badInput("%s: the JSON ends too early", what)
	case syntax != nil:
		return nil, badInput("%s: not JSON: %v, at byte %d of the input", what, syntax, syntax.Offset)
	case err != nil:
		return nil, badInput("%s cannot be read: %v", what, err)
	}
	in.read++
	v, err := c.ParseJSON(ty, bytes.TrimSpace(value))
	if err != nil {
		return nil, misfit(what, err)
	}
	encoded, err := c.Encode(ty, v)
	if err != nil {
		return nil, misfit(what, err)
	}
	return encoded, nil
}

// only reads the request of a handler, after which nothing may come.
func (in *Input) only(m *Method) ([]byte, error) {
	request, err := in.request(m)
	if err != nil {
		return nil, err
	}
	return request, in.ended(m)
}

// request reads the first value as the request, or the payload of a stream.
func (in *Input) request(m *Method) ([]byte, error) {
	ty := m.handler.Request
	if ty == nil {
		return nil, nil
	}
	encoded, err := in.next(m.codec(), ty, "the request")
	switch {
	case err != io.EOF:
		return encoded, err
	case ty.Kind == schema.Message: // all of its fields may be absent
		return m.codec().Encode(ty, nil)
	}
	return nil, badInput("%s needs a request: give it with -d", m.handler.Name)
}

// ended reports what follows where nothing may.
func (in *Input) ended(m *Method) error {
	if in.dec.More() {
		return badInput("%s takes %s, and there is more in the input", m.handler.Name, values(in.read))
	}
	return nil
}

func values(n int) string {
	switch n {
	case 0:
		return "no request"
	case 1:
		return "one JSON value"
	}
	return fmt.Sprintf("%d JSON values", n)
}

// message reads the next message of a stream, or io.EOF.
func (in *Input) message(m *Method, number int) ([]byte, error) {
	return in.next(m.codec(), m.handler.In, fmt.Sprintf("input message %d", number))
}
