package streams

// RecvOwn is recv for a receiver who keeps the message.
func (st *Stream) RecvOwn() ([]byte, error) {
	msg, err := st.recv()
	return append([]byte(nil), msg...), err
}
