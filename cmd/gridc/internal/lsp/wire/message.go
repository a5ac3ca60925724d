package wire

import (
	"bytes"
	"encoding/json"
)

// The codes of errors, of JSON-RPC and of the protocol.
const (
	ParseError       = -32700
	InvalidRequest   = -32600
	MethodNotFound   = -32601
	InvalidParams    = -32602
	InternalError    = -32603
	NotInitialized   = -32002
	RequestCancelled = -32800
	RequestFailed    = -32803
)

// Message is a request (ID and Method), a notification (Method alone) or a response.
type Message struct {
	ID     json.RawMessage `json:"id,omitempty"`
	Method string          `json:"method,omitempty"`
	Params json.RawMessage `json:"params,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  *Error          `json:"error,omitempty"`
}

// Error is why a request failed; handlers return it to choose the code.
type Error struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e *Error) Error() string { return e.Message }

// Parse reads a message from its body; the error is an *Error with the code to answer.
func Parse(body []byte) (*Message, error) {
	var m Message
	if !json.Valid(body) {
		return nil, &Error{ParseError, "the message is not JSON"}
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, &Error{InvalidRequest, "the message is not one of JSON-RPC: " + err.Error()}
	}
	if bytes.Equal(m.ID, []byte("null")) {
		m.ID = nil
	}
	return &m, nil
}

// IsRequest reports whether the message wants an answer.
func (m *Message) IsRequest() bool { return m.ID != nil && m.Method != "" }
