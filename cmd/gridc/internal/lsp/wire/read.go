package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// MaxMessage is the largest message that is read, in bytes. A file of 1 MiB, which is
// the largest that gridc reads, has at most six times as many in JSON.
const MaxMessage = 16 << 20

const maxHeaderLine = 4096

// BrokenError is a message that could not be read. The next one can be.
type BrokenError struct{ Reason string }

func (e *BrokenError) Error() string { return e.Reason }

// Reader reads messages. It is not safe for concurrent use.
type Reader struct{ in *bufio.Reader }

// NewReader returns a reader of the messages of in.
func NewReader(in io.Reader) *Reader { return &Reader{bufio.NewReaderSize(in, maxHeaderLine)} }

// Read returns the body of the next message; it is the caller's. After a *BrokenError
// the reader goes on with what follows; any other error is the end, which is io.EOF
// between two messages.
func (r *Reader) Read() ([]byte, error) {
	size, err := r.header()
	if err != nil {
		return nil, err
	}
	if size > MaxMessage {
		if _, err := io.CopyN(io.Discard, r.in, size); err != nil {
			return nil, unexpected(err)
		}
		return nil, &BrokenError{fmt.Sprintf("a message of %d bytes: at most %d are read", size, MaxMessage)}
	}
	// A length alone must not take memory: the buffer grows with what comes.
	var body bytes.Buffer
	if _, err := io.CopyN(&body, r.in, size); err != nil {
		return nil, unexpected(err)
	}
	return body.Bytes(), nil
}

// header reads the lines up to the empty one and returns the length that they give.
func (r *Reader) header() (int64, error) {
	size := int64(-1)
	for lines := 0; ; lines++ {
		line, err := r.line()
		switch {
		case errors.Is(err, io.EOF) && lines == 0 && line == "":
			return 0, io.EOF
		case err != nil:
			return 0, unexpected(err)
		case line == "" && size >= 0:
			return size, nil
		case line == "":
			return 0, &BrokenError{"a header without Content-Length"}
		}
		name, value, _ := strings.Cut(line, ":")
		if strings.EqualFold(strings.TrimSpace(name), "Content-Length") {
			if size, err = strconv.ParseInt(strings.TrimSpace(value), 10, 64); err != nil || size < 0 {
				size = -1
			}
		}
	}
}

// line reads one line of a header; what is too long for one counts as broken.
func (r *Reader) line() (string, error) {
	line, err := r.in.ReadSlice('\n')
	text := strings.TrimRight(string(line), "\r\n")
	for errors.Is(err, bufio.ErrBufferFull) {
		text = "too long"
		_, err = r.in.ReadSlice('\n')
	}
	return text, err
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
