package gridtest

import (
	"net"
	"strconv"
)

// listenPort is in the address of every listener, dialPort and the ports above
// in those of the dialing ends. They mean nothing to the network; they are
// there because callers split addresses into host and port.
const (
	listenPort = 80
	dialPort   = 49152
	maxPort    = 65535
)

// Addr is the address of one end of a connection, or of a listener.
type Addr struct {
	Host string // as the test names it
	Port int    // tells connections apart; it has no other meaning
}

// Network implements net.Addr.
func (Addr) Network() string { return "mem" }

// String implements net.Addr: "host:port".
func (a Addr) String() string { return net.JoinHostPort(a.Host, strconv.Itoa(a.Port)) }

// hostOf takes the port off a name, so that the network may be dialed with what
// a URL or an http.Transport gives.
func hostOf(name string) string {
	if host, _, err := net.SplitHostPort(name); err == nil {
		return host
	}
	return name
}
