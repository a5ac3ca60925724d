package handshake

// SessionID says which of two sockets of a pair is the newer one.
type SessionID struct {
	Incarnation [16]byte // of the dialer
	Attempt     uint64   // of the dialer's, within its incarnation
	ByName      bool     // the dialer is the end that the two names say
}
