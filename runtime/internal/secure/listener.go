package secure

import "net"

// Listen returns a listener whose TCP connections can carry a tls.Conn that never waits.
func Listen(ln net.Listener) net.Listener { return listener{ln} }

type listener struct{ net.Listener }

// Accept implements net.Listener.
func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return c, err
	}
	if s := newSocket(c); s != nil {
		return s, nil
	}
	return c, nil
}
