package secure

// TryWrite implements poll.TryWriter. All of b is encrypted at once, so that one system
// call carries all of its records. Where the socket takes less, the rest stays here, and
// counts as not written: it must be given again, which it has to be anyway, and is not
// encrypted again.
func (c *Conn) TryWrite(b []byte) (int, error) {
	if !c.socket.out.claim() {
		return 0, nil // an answer of TLS is on its way: Write waits for its turn
	}
	if err := c.seal(b); err != nil {
		return 0, err
	}
	left, err := c.socket.out.flush(c.socket.try)
	if err != nil {
		return 0, err
	}
	return c.written(left), nil
}

// Write implements net.Conn.
func (c *Conn) Write(b []byte) (int, error) {
	if !c.socket.live.Load() {
		return c.Conn.Write(b)
	}
	c.socket.out.await()
	if err := c.seal(b); err != nil {
		return 0, err
	}
	// What has been encrypted behind b may wait: who writes a batch in slices is to see
	// each of them go.
	if err := c.socket.out.write(c.socket.Conn, c.sealed-len(b)); err != nil {
		return 0, err
	}
	c.sealed -= len(b)
	return len(b), nil
}

// seal encrypts what is not encrypted yet of b. The outbox is claimed; if seal fails it no
// longer is.
func (c *Conn) seal(b []byte) error {
	if len(b) <= c.sealed {
		return nil
	}
	fresh := b[c.sealed:]
	c.socket.out.expect(len(fresh))
	// A copy: crypto/tls encrypts into memory of its own, and hands that to the outbox.
	if _, err := c.Conn.Write(fresh); err != nil {
		return c.socket.out.fail(err)
	}
	c.sealed = len(b)
	return nil
}

// written counts the bytes that are certainly out when so many bytes of ciphertext are left, and
// no longer need to be given: no byte of ciphertext holds more than one of them.
func (c *Conn) written(left int) int {
	n := c.sealed - min(c.sealed, left)
	c.sealed -= n
	return n
}
