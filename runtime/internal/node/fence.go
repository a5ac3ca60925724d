package node

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"runtime/debug"
	"strconv"

	"github.com/gridrpc/gridc/runtime/status"
)

// maxPanicText is how much of a panic's value is logged: it may hold a payload.
const maxPanicText = 1 << 10

// Crashed logs what somebody's code panicked with, or, where value is nil, that it
// ended its goroutine. It returns what others may be told of that.
func (m *Node) Crashed(what string, value any, about ...any) *status.Error {
	ref := Reference()
	text := "the goroutine was ended by runtime.Goexit"
	if value != nil {
		text = fmt.Sprint(value)
	}
	m.Log.Error("grid: "+what+" panicked", append(about, "ref", ref, "panic", strconv.Quote(status.CutText(text, maxPanicText)), "stack", string(debug.Stack()))...)
	return &status.Error{Code: status.Internal, Message: "the " + what + " panicked (ref " + ref + ")"}
}

// Guard runs f, which calls code that is not the runtime's own. It returns nil if f
// has returned, else what others may be told of its panic. If f ends the goroutine,
// Guard logs that, and the goroutine ends: what must be done then is for deferred
// calls.
func (m *Node) Guard(what string, f func()) (fault *status.Error) {
	returned := false
	defer func() {
		if !returned {
			fault = m.Crashed(what, recover())
		}
	}()
	f()
	returned = true
	return nil
}

// Reference makes an opaque name for something that only the local log tells.
func Reference() string {
	var b [6]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// Spawn runs f, which calls code that is not the runtime's own, on a goroutine of its
// own. If f does not return, ended is called in its place, with what is to be told:
// it wakes whoever waits for f, and must not call such code again.
func (m *Node) Spawn(what string, f func(), ended func(*status.Error)) {
	m.Goroutines.Go(func() {
		returned := false
		defer func() {
			if returned {
				return
			}
			fault := &status.Error{Code: status.Internal, Message: "the " + what + " panicked"}
			defer func() { ended(fault) }() // the log may end the goroutine, too
			fault = m.Crashed(what, recover())
		}()
		f()
		returned = true
	})
}
