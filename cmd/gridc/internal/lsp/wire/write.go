package wire

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// Writer writes messages, each whole. It is safe for concurrent use.
type Writer struct {
	mu  sync.Mutex
	out io.Writer
	err error // of the first write that failed; nothing is written after it
}

// NewWriter returns a writer of messages to out.
func NewWriter(out io.Writer) *Writer { return &Writer{out: out} }

// Respond answers a request with a result, which may be nil, or with an error.
func (w *Writer) Respond(id json.RawMessage, result any, err *Error) error {
	if id == nil {
		id = json.RawMessage("null")
	}
	if err != nil {
		return w.write(struct {
			Version string          `json:"jsonrpc"`
			ID      json.RawMessage `json:"id"`
			Error   *Error          `json:"error"`
		}{"2.0", id, err})
	}
	return w.write(struct {
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Result  any             `json:"result"`
	}{"2.0", id, result})
}

// Notify sends a notification, or with an id a request.
func (w *Writer) Notify(id json.RawMessage, method string, params any) error {
	return w.write(struct {
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id,omitempty"`
		Method  string          `json:"method"`
		Params  any             `json:"params,omitempty"`
	}{"2.0", id, method, params})
}

func (w *Writer) write(message any) error {
	body, err := json.Marshal(message)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	_, w.err = w.out.Write(append(fmt.Appendf(nil, "Content-Length: %d\r\n\r\n", len(body)), body...))
	return w.err
}
