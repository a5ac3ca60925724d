package codec

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// ErrRule is a value of the right type and length that the schema does not allow.
var ErrRule = errors.New("against a rule")

// Violation is a value that breaks a rule of its schema. Validate of generated
// messages returns it. Err wraps ErrLimit if something is too long, the result of
// the function of a @check if that rejected the value, and otherwise ErrRule.
type Violation struct {
	Message string // the outermost message, "storage.FileInfo"
	Path    string // where in it, by the names of the schema: "parts[3].etag"
	Err     error  // what is wrong: "over the limit: 300 bytes, at most 256"
}

// Error returns, for example,
// "storage.FileInfo.parts[3].etag: over the limit: 300 bytes, at most 256".
func (v *Violation) Error() string { return v.Message + "." + v.Path + ": " + v.Err.Error() }

// Unwrap returns what is wrong.
func (v *Violation) Unwrap() error { return v.Err }

// Rules checks a message by the rules of its schema, for generated code. It stops
// at the first broken rule. It lives on the stack of its user.
type Rules struct {
	broken *Violation
	depth  int
	hidden int // above 0 values are secret: none is told
}

// Broken returns the violation that was found, for the message with the given
// name, or nil.
func (r *Rules) Broken(message string) error {
	if r.broken == nil {
		return nil
	}
	r.broken.Message = message
	return r.broken
}

// fail notes the first rule that is broken.
func (r *Rules) fail(path string, err error) {
	if r.broken == nil {
		r.broken = &Violation{Path: path, Err: err}
	}
}

func (r *Rules) breach(path, format string, args ...any) {
	r.fail(path, fmt.Errorf("%w: "+format, append([]any{ErrRule}, args...)...))
}

// Enter goes into a part of the message. If it reports true, the caller must
// check the part and then call one of the methods that begin with Leave.
func (r *Rules) Enter() bool {
	if r.depth >= MaxDepth {
		r.fail("", errDepth)
	}
	if r.broken != nil {
		return false
	}
	r.depth++
	return true
}

// Leave goes out of a field. A violation that was found in the field gets its
// name.
func (r *Rules) Leave(name string) {
	r.depth--
	if r.broken != nil {
		r.broken.Path = joinPath(name, r.broken.Path)
	}
}

// LeaveElement is Leave for an element of a list.
func (r *Rules) LeaveElement(name string, index int) {
	if r.broken != nil {
		name += "[" + strconv.Itoa(index) + "]"
	}
	r.Leave(name)
}

// LeaveEntry is Leave for the value, or the key, of an entry of a map.
func LeaveEntry[K cmp.Ordered](r *Rules, name string, key K) {
	if r.broken != nil {
		text := r.shown(key)
		if s, ok := any(key).(string); ok && r.hidden == 0 {
			text = strconv.Quote(s[:min(len(s), maxKeyText)])
		}
		name += "[" + text + "]"
	}
	r.Leave(name)
}

// joinPath puts the name of a part before the path within it: "" is the part itself.
func joinPath(name, path string) string {
	if name == "" || path == "" || strings.HasPrefix(path, "[") {
		return name + path
	}
	return name + "." + path
}

// Bytes checks the length of a string or of bytes.
func (r *Rules) Bytes(name string, n int, limit int64) {
	if int64(n) > limit {
		r.fail(name, tooMany(int64(n), limit, "bytes"))
	}
}

// Entries checks the length of a list or map.
func (r *Rules) Entries(name string, n int, limit int64) {
	if int64(n) > limit {
		r.fail(name, tooMany(int64(n), limit, "entries"))
	}
}

// Required checks that a value is present.
func (r *Rules) Required(name string, there bool) {
	if !there {
		r.breach(name, "it is required")
	}
}

// Hide leaves values, and keys of maps, out of the violation until Show.
func (r *Rules) Hide() { r.hidden++ }

// Show ends Hide.
func (r *Rules) Show() { r.hidden-- }

// AtLeast checks a number, or a duration.
func AtLeast[T cmp.Ordered](r *Rules, name string, v, least T) {
	if !(v >= least) { // not <, for a NaN is neither
		r.breach(name, "%s, at least %v", r.shown(v), least)
	}
}

// AtMost checks a number, or a duration.
func AtMost[T cmp.Ordered](r *Rules, name string, v, most T) {
	if !(v <= most) { // likewise
		r.breach(name, "%s, at most %v", r.shown(v), most)
	}
}

// shown is a value in what is said of it.
func (r *Rules) shown(v any) string {
	if r.hidden > 0 {
		return "(secret)"
	}
	return fmt.Sprint(v)
}

// Match checks a text by a regular expression, which need not match all of it.
// The violation does not contain the text, which may be long or not for logs.
func (r *Rules) Match(name, text, pattern string) {
	if !compiled(pattern).MatchString(text) {
		r.breach(name, "%d bytes that do not match %s", len(text), pattern)
	}
}

var patterns sync.Map // of *regexp.Regexp by text; as many as the schemas of a program have

// compiled is a regular expression that the compiler has tried.
func compiled(pattern string) *regexp.Regexp {
	if known, ok := patterns.Load(pattern); ok {
		return known.(*regexp.Regexp)
	}
	known, _ := patterns.LoadOrStore(pattern, regexp.MustCompile(pattern))
	return known.(*regexp.Regexp)
}

// Check records the result of the function of a @check.
func (r *Rules) Check(name string, err error) {
	if err != nil {
		r.fail(name, err)
	}
}
