package peer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
)

// Payload returns size bytes that no compression makes shorter.
func Payload(size int) []byte {
	b := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{1: 7}).Read(b) // never fails
	return b
}

// Stamp marks the n-th message of a stream, so that a lost, doubled or swapped
// one is noticed. Messages too small for it go without.
func Stamp(b []byte, n uint64) {
	if len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, n)
	}
}

// Check compares what came back from a call with what was sent.
func (c *Call) Check() error {
	if c.GotText != c.Text {
		return fmt.Errorf("sent text %q, got %q", c.Text, c.GotText)
	}
	if !equal(c.GotData, c.Data) {
		return fmt.Errorf("sent %d bytes, got %d others", len(c.Data), len(c.GotData))
	}
	return nil
}

// equal compares as bytes.Equal does, but lets others have the processor: that
// the check of 16 MiB holds it for 3 ms says nothing about a peer.
func equal(a, b []byte) bool {
	const piece = 128 << 10
	if len(a) != len(b) {
		return false
	}
	for len(a) > piece {
		if !bytes.Equal(a[:piece], b[:piece]) {
			return false
		}
		a, b = a[piece:], b[piece:]
		runtime.Gosched()
	}
	return bytes.Equal(a, b)
}

// Checker verifies the messages of a stream.
type Checker struct {
	want []byte
	next uint64
}

// NewChecker expects messages of size bytes.
func NewChecker(size int) *Checker { return &Checker{want: Payload(size)} }

// Check verifies the next message.
func (c *Checker) Check(got []byte) error {
	Stamp(c.want, c.next)
	if !bytes.Equal(got, c.want) {
		return fmt.Errorf("message %d of the stream is not what was sent (%d bytes of %d)", c.next, len(got), len(c.want))
	}
	c.next++
	return nil
}

// Count returns how many messages were right.
func (c *Checker) Count() uint64 { return c.next }

// The servers of all peers do the same three things.

// sendItems is the server of Down.
func sendItems(count uint64, size int, send func([]byte) error) error {
	data := Payload(size)
	for n := range count {
		Stamp(data, n)
		if err := send(data); err != nil {
			return err
		}
	}
	return nil
}

// countItems is the server of Up.
func countItems(recv func() ([]byte, error)) (count, bytes uint64, err error) {
	for {
		data, err := recv()
		if errors.Is(err, io.EOF) {
			return count, bytes, nil
		}
		if err != nil {
			return 0, 0, err
		}
		count++
		bytes += uint64(len(data))
	}
}

// returnItems is the server of Chat.
func returnItems(recv func() ([]byte, error), send func([]byte) error) error {
	for {
		data, err := recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := send(data); err != nil {
			return err
		}
	}
}
