package grid

import (
	"errors"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
)

// Peer is another node: a name, which is its identity, and an address, which is
// how to reach it. An empty address means that only the peer can dial.
//
// The two names say which end of a pair dials. If that end has no address, or has
// not dialed within 5 seconds, the other end dials too, if it has one; and a node
// that nobody dials, and that can dial nobody, says what to set.
type Peer struct {
	Name string
	// Address is "host:port", or a URL, as what stands behind a proxy may need:
	// "wss://host/path" or "ws://host:port/path" says for this peer alone whether it is
	// dialed over TLS, and at which path; Options.TLS and Options.Path count where it
	// says nothing.
	Address string
	// Dial makes this end dial, whatever the names say and without waiting first. It
	// needs an address. If both ends dial there is one session all the same.
	Dial bool
}

func (p Peer) check() error { return errors.Join(handshake.CheckName(p.Name), p.checkAddress()) }

func (p Peer) checkAddress() error {
	if p.Dial && p.Address == "" {
		return errors.New("is empty, and Dial needs one")
	}
	return checkAddress(p.Address)
}

func checkAddress(address string) error {
	if address == "" {
		return nil
	}
	_, err := websocket.ParseTarget(address, "/", false)
	return err
}
