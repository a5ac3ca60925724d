package streams

// RecvOwn is recv for a receiver who keeps the message.
func (st *Stream) RecvOwn() ([]byte, error) {
	msg, err := st.recv()
	return append([]byte(nil), msg...), err // A copy: the receiver keeps it, and its buffer goes back to the pool.
}
