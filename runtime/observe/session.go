package observe

import (
	"strconv"
	"time"

	"github.com/gridrpc/gridc/runtime/status"
)

// SessionChange says how a session changed.
type SessionChange uint8

// The changes. Each session that was up goes down once. A refused handshake was never a session.
const (
	SessionUp      SessionChange = iota + 1 // calls can be made
	SessionDown                             // it has ended, see Reason
	SessionRefused                          // a handshake failed because one end refuses the other, see Reason
)

// String returns the change in a word.
func (c SessionChange) String() string {
	switch c {
	case SessionUp:
		return "up"
	case SessionDown:
		return "down"
	case SessionRefused:
		return "refused"
	}
	return "SessionChange(" + strconv.Itoa(int(c)) + ")"
}

// SessionEvent is a change of a session.
type SessionEvent struct {
	Change SessionChange
	At     time.Time
	// Peer is the other node; of a refused handshake what it claims to be, which may be
	// anything, or "".
	Peer    string
	Guest   bool   // it is not among the peers: Options.Accept let it in
	Dialer  bool   // this end has dialed
	Session uint64 // its number, as in State.Session; 0 if refused

	Local, Remote string // addresses of the socket

	Code   status.Code // why it ended or was refused, "" for up
	Reason string      // the same in words, which may be the peer's
	ByPeer bool        // refused: by the other end
}
