package grid

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/observe"
	"github.com/gridrpc/gridc/runtime/status"
)

// AccessLog returns an Observer that logs each call and stream which this node serves when it
// ends, also one that was refused: at level Info if it went well, else Warn. A line has
// handler, subroute, peer, the user of a guest, session, address, how long the handler took
// and the call was queued, outcome, code and error, bytes and messages of both directions,
// and the fields of the request, or of the payload of a stream, as the group "request".
// Without them is what is @secret, and what is long is cut, see codec.Logged. Of messages
// of a stream, answers and the fields of errors that are not in their text nothing is
// logged, nor of sessions.
//
// A nil log is slog.Default. It is called on the path of calls: a log that is slow makes
// them slow.
func AccessLog(log *slog.Logger) Observer {
	if log == nil {
		log = slog.Default()
	}
	return &accessLog{log}
}

// accessLog is an observe.RequestObserver.
type accessLog struct{ log *slog.Logger }

var _ observe.RequestObserver = (*accessLog)(nil)

type accessKey struct{}

// access is what is known of one call before it ends.
type access struct {
	mu      sync.Mutex // an interceptor may return before the handler begins
	request slog.Value
}

// Begin implements Observer.
func (x *accessLog) Begin(ctx context.Context, call *CallInfo) context.Context {
	if !call.Server || !x.log.Enabled(ctx, slog.LevelWarn) {
		return ctx
	}
	return context.WithValue(ctx, accessKey{}, new(access))
}

// Request implements observe.RequestObserver: the handler may change the request, or give it
// back, so its fields are read now.
func (x *accessLog) Request(ctx context.Context, request any) {
	a, _ := ctx.Value(accessKey{}).(*access)
	if _, none := request.(*NoPayload); none || a == nil {
		return
	}
	shown := codec.Logged(request)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.request = shown
}

// End implements Observer.
func (x *accessLog) End(ctx context.Context, call *CallInfo, end CallEnd) {
	a, _ := ctx.Value(accessKey{}).(*access)
	level := slog.LevelInfo
	if end.Err != nil {
		level = slog.LevelWarn
	}
	if a == nil || !x.log.Enabled(ctx, level) {
		return
	}
	attrs := append(make([]slog.Attr, 0, 20), slog.String("handler", cmp.Or(call.Name, fmt.Sprint(call.ID))))
	if call.Subroute != "" {
		attrs = append(attrs, slog.String("subroute", status.Logged(call.Subroute)))
	}
	attrs = append(attrs, slog.String("peer", status.Logged(call.Peer)))
	if user := GetCallerInfo(ctx).User; user != "" {
		attrs = append(attrs, slog.String("user", status.Logged(user)))
	}
	attrs = append(attrs, slog.Uint64("session", call.Session), slog.String("remote", call.Remote),
		slog.Duration("took", end.Took), slog.Duration("queued", end.Queued), slog.String("outcome", end.Outcome.String()))
	if end.Err != nil {
		attrs = append(attrs, slog.String("code", status.Logged(string(end.Code))), slog.String("err", status.LoggedReason(status.TextOf(end.Err))))
	}
	attrs = append(attrs, slog.Uint64("received", end.BytesReceived), slog.Uint64("sent", end.BytesSent))
	if call.Stream {
		attrs = append(attrs, slog.Uint64("messages_received", end.MessagesReceived), slog.Uint64("messages_sent", end.MessagesSent))
	}
	a.mu.Lock()
	request := a.request
	a.mu.Unlock()
	if request.Any() != nil {
		attrs = append(attrs, slog.Attr{Key: "request", Value: request})
	}
	x.log.LogAttrs(ctx, level, "grid: served", attrs...)
}

// Session implements Observer. Those who come and go are in the log of the node.
func (x *accessLog) Session(SessionEvent) {}
