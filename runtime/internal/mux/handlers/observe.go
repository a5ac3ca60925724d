package handlers

import (
	"context"

	"github.com/gridrpc/gridc/runtime/internal/mux/link"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/observe"
	"github.com/gridrpc/gridc/runtime/status"
)

// neverRuns marks a Handler that stands for one of streams that is not here.
func neverRuns(context.Context, []byte, any) error { return nil }

// Info is what observers are told of the handler that the context belongs to.
func (c *Context) Info() *observe.CallInfo {
	if info := c.S.Served.Known(c.H.Route, c.H.Subroute); info != nil {
		return info
	}
	return c.S.Served.Of(c.H.Route, c.H.Subroute, func() *observe.CallInfo { return c.H.info(c.S) })
}

func (h *Handler) info(l *link.Link) *observe.CallInfo {
	return &observe.CallInfo{ID: h.ID, Name: h.Settings.Name, Subroute: h.Subroute, Server: true, Stream: h.Stream != nil,
		Annotations: h.Settings.Annotations, Peer: l.Peer, Session: l.Number.Load(), Local: l.Local, Remote: l.Remote}
}

// EndOf is how a call or stream ended that a handler has left with err, which the
// caller is told as fail; both nil for a good end.
func EndOf(fail *wire.Failure, err error) observe.CallEnd {
	end := observe.CallEnd{Outcome: status.Ran, Attempts: 1}
	if fail != nil {
		Failed(&end, fail, err)
	}
	return end
}

// Failed sets in end what the caller is told, and err, or, if that is nil, the same as an
// error.
func Failed(end *observe.CallEnd, fail *wire.Failure, err error) {
	if err == nil {
		err = &status.Error{Code: fail.Code, Outcome: fail.Outcome, Message: fail.Message}
	}
	end.Code, end.Outcome, end.Err = fail.Code, fail.Outcome, err
}

// tellRefused counts a request that was refused, and has observers told. h is nil where
// there is no such handler. meta is only read before it returns.
func (r *Registry) tellRefused(l *link.Link, h *Handler, stream bool, meta []byte, why *wire.Failure) {
	if h == nil {
		r.Unknown.Failed(why.Code, why.Outcome, why.Message, l.Heard.Load())
	} else {
		h.Meter.Failed(why.Code, why.Outcome, why.Message, l.Heard.Load())
	}
	if l.Observers == nil {
		return
	}
	strings, err := ParseMetadata(meta)
	if err != nil {
		strings = nil // of a request that nobody looked into
	}
	if h == nil {
		h = &Handler{}
		if stream {
			h.Stream = neverRuns
		}
	}
	ctx := &Context{S: l, H: h}
	ctx.SetMeta(strings)
	ctx.tell(why)
}

// Dropped counts a request that was admitted, and whose handler never begins, and has
// observers told.
func (c *Context) Dropped(why *wire.Failure) {
	c.H.Meter.Failed(why.Code, why.Outcome, why.Message, c.S.Heard.Load())
	if c.S.Observers != nil {
		c.tell(why)
	}
}

// GivenUp is the failure of a request whose end came before its last piece.
func GivenUp(end EndKind, cause *status.Error) *wire.Failure {
	if end == EndLate {
		return ErrLate
	}
	return &wire.Failure{Outcome: status.Rejected, Code: cause.Code, Message: cause.Message}
}

// tell has observers told of a request that will not run.
func (c *Context) tell(why *wire.Failure) {
	end := EndOf(why, nil)
	end.Attempts = 0
	c.S.Observers.Refused(func() context.Context {
		c.Returned()
		return c
	}, c.H.info(c.S), &end)
}
