package stranger

import "errors"

// assembly is a large message that is coming in. It is touched by the reader
// alone.
type assembly struct {
	data    []byte
	size    uint64
	deliver func([]byte)
}

// receive takes what follows the flags of a frame: the payload, or its size and
// then, once granted, its chunks.
func (s *Session) receive(r ref, flags uint64, f *fields, deliver func([]byte)) error {
	if flags&flagSize == 0 {
		deliver(f.rest)
		return nil
	}
	size := f.uint()
	if size <= maxPayload || size > maxMessage || s.incoming[r] != nil {
		return errors.New("a size that cannot be")
	}
	s.incoming[r] = &assembly{size: size, deliver: deliver}
	s.writeBatch(frame(kindCredit, body{}.uints(grantOf+r.target, r.id, 0, 0)))
	return nil
}

func (s *Session) handleChunk(r ref, piece []byte) {
	s.writeBatch(frame(kindCredit, body{}.uints(ofSession, 0, 0, uint64(len(piece)))))
	a := s.incoming[r]
	if a == nil {
		return
	}
	a.data = append(a.data, piece...)
	if uint64(len(a.data)) >= a.size {
		delete(s.incoming, r)
		a.deliver(a.data)
	}
}

// outgoing is a frame with a payload.
type outgoing struct {
	kind    byte
	ref     ref
	head    body        // the fields before the flags
	meta    body        // metadata, if any
	payload []byte      // in chunks where it is too large for the frame
	gone    func() bool // nobody waits for it any more; called with mu held
}

func (s *Session) send(o outgoing) error {
	large := len(o.payload) > maxPayload
	b := o.head.uint(o.flags(large))
	if o.meta != nil {
		b = b.bytes(o.meta)
	}
	if !large {
		s.writeBatch(frame(o.kind, append(b, o.payload...)))
		return nil
	}
	s.writeBatch(frame(o.kind, b.uint(uint64(len(o.payload)))))
	s.mu.Lock()
	err := s.wait(func() bool { return s.granted[o.ref] || o.gone() })
	delete(s.granted, o.ref)
	s.mu.Unlock()
	for payload := o.payload; err == nil && len(payload) > 0; {
		var n int
		if n, err = s.take(len(payload), o.gone); n > 0 {
			s.writeBatch(frame(kindChunk, append(body{}.uints(o.ref.target, o.ref.id), payload[:n]...)))
			payload = payload[n:]
		}
	}
	if err == errGone {
		return nil
	}
	return err
}

func (o *outgoing) flags(large bool) (flags uint64) {
	if large {
		flags |= flagSize
	}
	if o.meta != nil {
		flags |= flagMetadata
	}
	return flags
}

var errGone = errors.New("nobody waits for this message any more")

// take takes room for a chunk of up to n bytes.
func (s *Session) take(n int, gone func() bool) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.wait(func() bool { return s.room > 0 || gone() }); err != nil {
		return 0, err
	}
	if gone() {
		return 0, errGone
	}
	n = min(n, maxPayload, int(s.room))
	s.room -= int64(n)
	return n, nil
}

func (s *Session) handleCredit(target, id uint64, messages, bytes int64) {
	s.update(func() {
		switch {
		case target == ofSession:
			s.room += bytes
		case target > grantOf:
			s.granted[ref{target - grantOf, id}] = true
		case s.streams[id] != nil:
			s.streams[id].messages += messages
			s.streams[id].bytes += bytes
		}
	})
}
