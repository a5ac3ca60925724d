package grid

import (
	"errors"
	"fmt"
	"net"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
)

// Peer is another node: a name, which is its identity, and an address, which is
// how to reach it. An empty address means that only the peer can dial.
//
// The two names say which end of a pair dials. If that end has no address, or has
// not dialed within 5 seconds, the other end dials too, if it has one; and a node
// that nobody dials, and that can dial nobody, says what to set.
type Peer struct {
	Name    string
	Address string // "host:port"
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
	if _, _, err := net.SplitHostPort(address); err != nil {
		return fmt.Errorf("%q is not host:port", address)
	}
	return nil
}
