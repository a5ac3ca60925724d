package grid

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/observe"
	"github.com/gridrpc/gridc/runtime/status"
)

// accept is the http.Handler of guests. A browser tells a page nothing of an HTTP status, so
// all who can be told are told by a reject, behind the upgrade.
func (g *guests) accept(w http.ResponseWriter, r *http.Request) {
	host, ok := g.hostOf(w, r)
	if ok {
		g.m.accept(w, r, door{host: host, pending: &g.pending, limits: &g.limits, welcome: g.welcome})
	}
}

// visitor is a guest that has shown its token.
type visitor struct {
	label  string // "" before it has said hello
	user   string // "" before its token was good
	hello  *handshake.Hello
	agreed handshake.Agreement
}

// name is what a guest is called here.
func (v *visitor) name() string { return v.label + "." + v.user }

// welcome welcomes a guest, or turns it away.
func (g *guests) welcome(hc *websocket.HandshakeConn, r *http.Request, slot *handshake.Slot) (*mux.Session, error) {
	v, err := greetInTime(g.m, "handshake with a guest", g.limits.Handshake, slot, func(call *node.ForeignCall) (visitor, error) {
		return g.greet(call, hc, r)
	})
	var s *mux.Session
	if err == nil {
		s, err = g.admit(hc, &v)
	}
	if err != nil {
		g.turnAway(hc, err, &v, r.RemoteAddr)
	}
	return s, err
}

// greet waits for a hello, and has the token checked.
func (g *guests) greet(call *node.ForeignCall, hc *websocket.HandshakeConn, r *http.Request) (v visitor, err error) {
	raw, err := hc.Receive()
	if err != nil {
		return v, err
	}
	if err := handshake.Expect(raw, handshake.HelloHello); err != nil {
		return v, err
	}
	theirs, err := handshake.ParseHello(raw)
	if err != nil {
		return v, handshake.Reject(InvalidArgument, "%v", err)
	}
	v.label, v.hello = theirs.Name, theirs
	if !isLabel(theirs.Name) {
		return v, handshake.Reject(InvalidArgument, "a guest's label has 1 to %d letters, digits, _ and -, and none else", maxLabel)
	}
	if err := g.mayAsk(call, r); err != nil {
		return v, err
	}
	token, err := g.exchange(hc, &v)
	if err != nil {
		return v, err
	}
	return v, g.identify(call, r, token, &v)
}

const maxLabel = 64

// isLabel reports whether a guest may call itself so.
func isLabel(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return len(s) > 0 && len(s) <= maxLabel
}

// exchange tells a guest who this is, and takes its token.
func (g *guests) exchange(hc *websocket.HandshakeConn, v *visitor) (token string, err error) {
	if v.hello.Target == "" {
		v.hello.Target = g.m.name // whichever node answers
	}
	mine := &handshake.Hello{
		MinVersion: handshake.ProtocolVersion, MaxVersion: handshake.ProtocolVersion, Name: g.m.name, Target: v.label,
		Incarnation: g.m.incarnation, Nonce: handshake.NewNonce(), Scheme: tokenScheme,
		Checksums: g.m.checksums(), Message: uint64(g.limits.Message),
		Bulk: uint64(g.limits.BulkWindow), Window: uint64(g.limits.StreamWindowMin),
	}
	if v.agreed, err = handshake.Agree(mine, v.hello); err != nil {
		return "", err
	}
	if err := hc.Send(mine.Encode()); err != nil {
		return "", err
	}
	asked := time.Now()
	if err := hc.Send([]byte{byte(handshake.HelloProof)}); err != nil {
		return "", err
	}
	answer, err := hc.Receive()
	hc.RoundTrip = time.Since(asked)
	if err != nil {
		return "", err
	}
	return string(answer[min(1, len(answer)):]), handshake.Expect(answer, handshake.HelloProof)
}

// mayAsk looks at what the guest comes from, before it is asked for a token.
func (g *guests) mayAsk(call *node.ForeignCall, r *http.Request) error {
	if r.TLS == nil && !g.plain {
		return handshake.Reject(Unauthenticated, "a token is accepted only over TLS: use wss, or set GuestOptions.Plain where a proxy ends TLS")
	}
	for _, origin := range r.Header.Values("Origin") {
		if !g.allowsOrigin(call, origin, r.Host) {
			return handshake.Reject(PermissionDenied, "pages of %s may not connect here: GuestOptions.AllowOrigin decides", status.Quoted(origin))
		}
	}
	return nil
}

func (g *guests) allowsOrigin(call *node.ForeignCall, origin, host string) (allowed bool) {
	if g.allowOrigin == nil {
		u, err := url.Parse(origin)
		return err == nil && u.Host != "" && strings.EqualFold(u.Host, host)
	}
	return call.Guard("GuestOptions.AllowOrigin", "", func() { allowed = g.allowOrigin(origin) }) == nil && allowed
}

// identify finds out whose the token is.
func (g *guests) identify(call *node.ForeignCall, r *http.Request, token string, v *visitor) (err error) {
	var user string
	fault := call.Guard("GuestOptions.Check", " of guest "+status.Quoted(v.label), func() {
		if user, err = g.check(r, token); err != nil {
			err = handshake.Reject(Unauthenticated, "%v", node.Launder(err))
		}
	})
	switch {
	case fault != nil:
		return handshake.Reject(Internal, "%s", fault.Message)
	case err != nil:
		return err
	}
	v.user = user
	if err = handshake.CheckName(user); err == nil {
		err = handshake.CheckName(v.name())
	}
	if err != nil {
		return handshake.Reject(Internal, "GuestOptions.Check calls this guest %s, which cannot be part of a name: it %v", status.Quoted(user), err)
	}
	return nil
}

// admit makes a session of a guest, and tells it its name.
func (g *guests) admit(hc *websocket.HandshakeConn, v *visitor) (*mux.Session, error) {
	s, err := g.adopt(hc, v)
	if err != nil {
		return nil, err
	}
	if err := hc.Send(append([]byte{byte(handshake.HelloWelcome)}, v.name()...)); err != nil {
		s.Lost(err)
		return nil, err
	}
	return s, nil
}

func (g *guests) adopt(hc *websocket.HandshakeConn, v *visitor) (*mux.Session, error) {
	id := handshake.SessionID{Incarnation: v.hello.Incarnation, Attempt: v.hello.Attempt, ByName: true}
	for {
		c, err := g.place(v.name(), v.user)
		if err != nil {
			return nil, err
		}
		s := c.newSession(hc, false, id, v.agreed)
		if err := c.adopt(s); err != errForgotten {
			return s, err
		}
	}
}

// turnAway tells a guest why it is refused. The label is anybody's choice, so it says
// nothing of a peer of that name; and as anybody may come here, few of them are logged.
func (g *guests) turnAway(hc *websocket.HandshakeConn, err error, v *visitor, remote string) {
	if g.m.gaveUp(hc, err, remote) {
		return
	}
	if r := refusalIn(err); r != nil {
		if more, ok := g.refused.Take(g.m.node.Clock.Now()); ok {
			g.m.node.Log.Warn("grid: guest refused", "remote", remote, "label", status.Logged(v.label), "user", status.Logged(v.user),
				"reason", status.LoggedReason(r.Reason), "code", status.Logged(string(r.Code)), "by_peer", r.Remote, "more", more)
		}
		g.m.refusals.refused(r, v.label, remote)
		g.m.tellRefusal(observe.SessionEvent{Peer: v.label, Guest: true, Remote: remote}, r)
	}
	refuse(hc, err)
}
