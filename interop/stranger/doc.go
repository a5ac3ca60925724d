// Package stranger speaks version 1 of the wire over any WebSocket library. It
// is written from runtime/PROTOCOL.md alone and shares no code with the runtime:
// where the two understand each other, the document says enough.
//
// It is as simple as the document allows: a batch holds the frames of one
// write, room and credit are returned at once for everything that arrives, and
// one goroutine reads while callers write.
package stranger

// Socket is a WebSocket of some library.
type Socket interface {
	// Read returns the next binary message.
	Read() ([]byte, error)
	// Write sends a binary message. It is never called twice at a time.
	Write(message []byte) error
	// Close sends a close frame and closes the connection. It may be called at
	// any time, and more than once.
	Close(code int, reason string) error
}

// Config says who a stranger is.
type Config struct {
	Name      string
	Target    string                         // the name of the node at the other end
	Key       []byte                         // shared with it
	Checksums string                         // offered: "x", "-" or "x-"
	Serve     map[uint64]func([]byte) []byte // calls, by handler id
	Streams   map[uint64]Streaming           // streams, by handler id
}

// Streaming is a handler of streams.
type Streaming struct {
	In, Out uint64 // capacities; In is 0 where there is no input

	// Handle serves a stream. When it returns, the stream has ended: well, or
	// with the error, whose code and message travel if it is a Failure.
	Handle func(payload []byte, st *Stream) error
}

// Close codes, and what this end grants at the start.
const (
	codeShutdown  = 1000
	codeProtocol  = 1002
	codeHandshake = 1008

	maxPayload = 73_728
	maxMessage = 32 << 20
	bulkWindow = 524_288
	window     = 65_536
)
