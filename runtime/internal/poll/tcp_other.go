//go:build !unix

package poll

import "net"

// forTCP has nothing to offer: the sockets of this system are not read and
// written through non-blocking calls.
func forTCP(*net.TCPConn) (ReadyReader, TryWriter) { return nil, nil }
