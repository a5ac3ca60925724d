package grid

import (
	"net"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/observe"
	"github.com/gridrpc/gridc/runtime/status"
)

// addressesOf returns the addresses of a socket, which may be code of others.
func (m *hub) addressesOf(conn net.Conn) (local, remote string) {
	_ = m.node.Guard("address of a connection", func() {
		local, remote = addressText(conn.LocalAddr()), addressText(conn.RemoteAddr())
	})
	return local, remote
}

func addressText(a net.Addr) string {
	if a == nil {
		return ""
	}
	return status.Shortened(a.String(), maxShownAddress)
}

const maxShownAddress = 128

// tellUp tells the observers of a session that calls can be made on. It does not wait.
func (c *Connection) tellUp(s *mux.Session) { c.tell(observe.SessionUp, s, nil) }

// tellDown tells them that one has ended.
func (c *Connection) tellDown(s *mux.Session, why *Error) { c.tell(observe.SessionDown, s, why) }

func (c *Connection) tell(change observe.SessionChange, s *mux.Session, why *Error) {
	if c.m.observers == nil || c.name == c.m.name {
		return
	}
	event := observe.SessionEvent{Change: change, At: time.Now(), Peer: c.name, Guest: c.guest, Dialer: s.Dialer,
		Session: s.Number.Load(), Local: s.Local, Remote: s.Remote}
	if why != nil {
		event.Code, event.Reason = why.Code, why.Message
	}
	c.m.observers.Session(event)
}

// tellRefused tells the observers that a handshake failed because one end refuses the
// other.
func (m *hub) tellRefused(peer string, dialer bool, remote string, r *handshake.Rejection) {
	if m.observers == nil {
		return
	}
	m.observers.Session(observe.SessionEvent{Change: observe.SessionRefused, At: time.Now(), Peer: peer, Dialer: dialer, Remote: remote,
		Code: r.Code, Reason: r.Reason, ByPeer: r.Remote})
}
