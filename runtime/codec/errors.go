package codec

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tinylib/msgp/msgp"
)

// The faults that a message can have. Match them with errors.Is.
var (
	// ErrMalformed is input that is not msgpack, ends too early, or holds another
	// type of value than the schema says.
	ErrMalformed = errors.New("malformed")
	// ErrLimit is a list, map, string, bytes or message beyond its limit.
	ErrLimit = errors.New("over the limit")
	// ErrTooDeep is nesting beyond MaxDepth, also in a value that contains itself.
	ErrTooDeep = errors.New("nested too deeply")
	// ErrBudget is input that needs more memory than its length allows.
	ErrBudget = errors.New("more memory than its length may take")
	// ErrVariant is a union with more than one variant, or one that was decoded from
	// an unknown variant and so cannot be written again.
	ErrVariant = errors.New("not a valid union")
)

// Error says which fault a message has, and where.
type Error struct {
	Encoding bool   // else decoding
	Root     string // the outermost message, "storage.WalkEntry"
	Type     string // the message that the fault is in, "storage.FileInfo"
	Field    string // its field number or key; empty when the fault is in no field
	Err      error
}

// Error returns, for example,
// "decode storage.WalkEntry: storage.FileInfo field 9: over the limit: 70000 entries, at most 65536".
func (e *Error) Error() string {
	var b strings.Builder
	if e.Encoding {
		b.WriteString("encode")
	} else {
		b.WriteString("decode")
	}
	if e.Root != "" {
		b.WriteString(" " + e.Root)
	}
	if e.Type != "" && e.Type != e.Root {
		b.WriteString(": " + e.Type)
	}
	if e.Field != "" {
		b.WriteString(" field " + e.Field)
	}
	b.WriteString(": " + e.Err.Error())
	return b.String()
}

// Unwrap returns the fault itself.
func (e *Error) Unwrap() error { return e.Err }

// within notes that the fault is in a message of the given type. It is called
// from the inside out: the first call names the message, the last one the root.
func (e *Error) within(name string) {
	if e.Type == "" {
		e.Type = name
	}
	e.Root = name
}

// tooMany is the fault of n units where limit are allowed.
func tooMany(n, limit int64, unit string) error {
	return fmt.Errorf("%w: %d %s, at most %d", ErrLimit, n, unit, limit)
}

// shortOrOther is the fault of what msgp found too short to be what it looked for:
// it looks at the length first, and a short value of another type is no cut one.
func shortOrOther(b []byte) error {
	h, ok := parseHead(b)
	if _, whole := h.within(b); ok && whole {
		return fmt.Errorf("%w: the schema has another type than %v here", ErrMalformed, msgp.NextType(b))
	}
	return errShort
}

// keyText renders the map key that b starts with, for an error.
func keyText(b []byte) string {
	h, ok := parseHead(b)
	if !ok {
		return ""
	}
	switch h.kind {
	case kindUint:
		return strconv.FormatUint(h.uint(b), 10)
	case kindString:
		if size, ok := h.within(b); ok {
			return strconv.Quote(string(b[h.head:min(size, h.head+maxKeyText)]))
		}
	}
	return ""
}

// maxKeyText is how much of a remote key an error repeats.
const maxKeyText = 64
