package lsp

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/review"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/wire"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/workspace"
)

// ErrNoShutdown is the error for an editor that ended the connection without having
// asked for a shutdown.
var ErrNoShutdown = errors.New("the editor went away without shutdown")

// Options say what the server is told by who starts it.
type Options struct {
	Version string
	Log     io.Writer // for faults of gridc; editors show it
}

// phase is how far the life of a connection has come.
type phase int

const (
	begun phase = iota // nothing but initialize is answered
	running
	shutDown // nothing but exit is heard
)

// server is one connection; all but out and reviews belong to the goroutine of Serve.
type server struct {
	opts       Options
	out        *wire.Writer
	queue      *queue
	phase      phase
	files      *workspace.Workspace
	client     proto.InitializeParams
	reviews    *review.Reviewer
	published  map[string]string // by path, what the editor was last told
	requests   int               // sent to the editor
	toldErrors map[string]bool   // whether errors were among them
	stale      bool              // something changed since the last diagnostics
	edits      edits
	staleSince time.Time // zero while the server has not waited for more
}

// How long the server waits for more before it looks for what is wrong: an editor asks for
// a completion right after the letter that was typed, which goes first. Who never stops
// to type is told all the same.
const (
	breath      = 15 * time.Millisecond
	rest        = 150 * time.Millisecond // before files are checked that nobody types into
	longestHold = 300 * time.Millisecond
)

// speak tells what is wrong: of the document that is typed into at once, and of all others
// then, or later where they are many.
func (s *server) speak() {
	glanced := false
	s.safely("diagnostics", func() { glanced = s.glance() })
	if !glanced || s.queue.pause(rest) {
		s.safely("diagnostics", s.publish)
	}
}

// breath is how long to wait now.
func (s *server) breath() time.Duration {
	if s.staleSince.IsZero() {
		s.staleSince = time.Now()
	}
	return max(0, min(breath, longestHold-time.Since(s.staleSince)))
}

// edits are what became of documents since the last diagnostics.
type edits struct {
	path    string // of the document that was edited
	mixed   bool   // more than that has changed
	glanced bool   // it was looked at, as it is now
}

// of notes an edit of a document.
func (e *edits) of(path string) {
	e.mixed = e.mixed || e.path != "" && e.path != path
	e.path, e.glanced = path, false
}

// Serve answers the messages of in on out until the editor says exit, or goes away.
func Serve(in io.Reader, out io.Writer, opts Options) error {
	s := &server{opts: opts, out: wire.NewWriter(out), queue: newQueue(), files: workspace.New(), published: map[string]string{}, toldErrors: map[string]bool{}}
	s.reviews = review.New(nil, nil) // initialize says what to compare with
	defer func() { s.reviews.Close() }()
	defer s.queue.stop()
	go s.queue.read(wire.NewReader(in))
	for {
		item, ok := s.queue.next()
		switch {
		case !ok:
			return s.over()
		case item.message != nil && item.message.Method == "exit":
			return s.over()
		}
		s.deal(item)
		if s.stale && s.queue.pause(s.breath()) {
			s.speak()
		}
	}
}

func (s *server) over() error {
	if s.phase != shutDown {
		return ErrNoShutdown
	}
	return nil
}

// deal answers a request or takes a notification. A failure to write ends nothing: the
// editor that does not read is gone, and the reader will say so.
func (s *server) deal(item queued) {
	if item.err != nil {
		_ = s.out.Respond(nil, nil, item.err)
		return
	}
	m := item.message
	switch {
	case m.IsRequest():
		// Diagnostics are out before the answers that tell of them.
		if s.stale && s.phase == running && (checked[m.Method] || requests[m.Method] == nil) {
			s.safely("diagnostics", s.publish)
		}
		result, err := s.answer(item)
		s.queue.answered(m.ID)
		_ = s.out.Respond(m.ID, result, err)
	case m.Method == "" && m.ID == nil:
		_ = s.out.Respond(nil, nil, &wire.Error{Code: wire.InvalidRequest, Message: "a message without a method"})
	case m.Method != "" && s.phase == running:
		if take := notifications[m.Method]; take != nil {
			s.safely(m.Method, func() { take(s, m.Params) })
		}
	}
}

// answer finds the answer to a request.
func (s *server) answer(item queued) (result any, failure *wire.Error) {
	m := item.message
	handle := requests[m.Method]
	switch {
	case item.ctx.Err() != nil:
		return nil, &wire.Error{Code: wire.RequestCancelled, Message: "cancelled"}
	case s.phase == begun && m.Method != "initialize":
		return nil, &wire.Error{Code: wire.NotInitialized, Message: "initialize comes first"}
	case s.phase == shutDown || s.phase == running && m.Method == "initialize":
		return nil, &wire.Error{Code: wire.InvalidRequest, Message: m.Method + " does not come here"}
	case handle == nil:
		return nil, &wire.Error{Code: wire.MethodNotFound, Message: "there is no method " + m.Method}
	}
	failure = &wire.Error{Code: wire.InternalError, Message: "a fault of gridc, see its log"}
	s.safely(m.Method, func() {
		var err error
		result, err = handle(s, m.Params)
		failure = asFailure(err)
	})
	if item.ctx.Err() != nil {
		return nil, &wire.Error{Code: wire.RequestCancelled, Message: "cancelled"}
	}
	return result, failure
}

func asFailure(err error) *wire.Error {
	if err == nil {
		return nil
	}
	if failure, ok := errors.AsType[*wire.Error](err); ok {
		return failure
	}
	return &wire.Error{Code: wire.RequestFailed, Message: err.Error()}
}

// safely calls f; a panic is a fault of gridc that is logged and ends nothing else.
func (s *server) safely(what string, f func()) {
	defer func() {
		if caught := recover(); caught != nil {
			fmt.Fprintf(s.opts.Log, "gridc: internal fault in %s: %v\n%s", what, caught, debug.Stack())
		}
	}()
	f()
}

// parse reads the parameters of a message.
func parse[T any](params json.RawMessage) (T, error) {
	var value T
	if err := json.Unmarshal(params, &value); err != nil {
		return value, &wire.Error{Code: wire.InvalidParams, Message: "the parameters are not those of the protocol: " + err.Error()}
	}
	return value, nil
}

// ask sends a request to the editor; nothing is made of the answer.
func (s *server) ask(method string, params any) {
	s.requests++
	_ = s.out.Notify(json.RawMessage(fmt.Sprintf("%q", fmt.Sprint("gridc-", s.requests))), method, params)
}
