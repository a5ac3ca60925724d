package grid

import (
	"time"

	"github.com/gridrpc/gridc/runtime/internal/mux/calls"
	"github.com/gridrpc/gridc/runtime/internal/mux/link"
	"github.com/gridrpc/gridc/runtime/internal/observers"
	"github.com/gridrpc/gridc/runtime/observe"
)

// liveLink is the session that there is now, or nil.
func (c *Connection) liveLink() *link.Link {
	if s := c.live.Load(); s != nil {
		return &s.Link
	}
	return nil
}

// infoOn is what observers are told of a call on a session, or on none.
func (c *Connection) infoOn(l *link.Link, o *calls.Options, subroute string, stream bool) *observe.CallInfo {
	fill := func() *observe.CallInfo {
		info := &observe.CallInfo{ID: o.Callee.ID, Name: o.Name, Subroute: subroute, Stream: stream, Peer: c.name, Timeout: o.Timeout}
		if info.Timeout == 0 && !stream {
			info.Timeout = c.m.node.Limits.CallTimeout
		}
		if l != nil {
			info.Session, info.Local, info.Remote = l.Number.Load(), l.Local, l.Remote
		}
		return info
	}
	if l == nil || (o.Callee.Stream != nil) != stream {
		return fill()
	}
	return l.Called.Of(o.Callee.Route, subroute, fill)
}

func (c *Connection) callEnded(told *observers.Told, info *observe.CallInfo, o *calls.Options, payload, reply []byte, err error) {
	end := observe.CallEnd{BytesSent: uint64(len(payload) + o.Lent.Len()), BytesReceived: uint64(len(reply))}
	c.observedEnd(told, info, o, &end, err)
}

// observedEnd tells the observers how a call or stream has ended.
func (c *Connection) observedEnd(told *observers.Told, info *observe.CallInfo, o *calls.Options, end *observe.CallEnd, err error) {
	attempts, on := o.Attempts, o.On
	if o.Trace != nil {
		attempts, on = int(o.Trace.Attempts.Load()), o.Trace.On.Load() // fits: few
	}
	end.Took, end.Attempts, end.Outcome, end.Err = o.Took, attempts, Ran, err
	if err != nil {
		end.Code, end.Outcome = codeOf(err)
	}
	if on != nil && on.Number.Load() != info.Session {
		info = c.infoOn(on, o, info.Subroute, info.Stream)
	}
	c.m.observers.End(told, info, end)
}

// errorOf is the error of a call that has returned err, or has not returned at all.
func errorOf(err error, returned bool) error {
	if err == nil && !returned {
		return &Error{Code: Internal, Outcome: MayHaveRun, Message: "an observer or interceptor panicked or ended the goroutine"}
	}
	return err
}

// countFailure counts a call that was not made, or has failed.
func (c *Connection) countFailure(o *calls.Options, err error) {
	if o.Deadline != 0 {
		o.Took = time.Duration(c.m.node.Clock.Now() - (o.Deadline - int64(o.Timeout)))
	}
	code, outcome := codeOf(err)
	o.Callee.Meter.Ended(int64(o.Took), code, outcome)
}

// codeOf is how an error of a call or stream is counted.
func codeOf(err error) (Code, Outcome) {
	if e, ok := err.(*Error); ok { // as errors of calls are; errors.As would call code of others
		return e.Code, e.Outcome
	}
	return Internal, MayHaveRun
}
