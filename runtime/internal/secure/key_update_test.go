package secure

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/memconn"
)

// sender writes the records of a client by itself, for crypto/tls never asks for a new key.
// RFC 8446, sections 5.2, 5.3 and 7.3.
type sender struct {
	to     io.Writer
	secret []byte
	aead   cipher.AEAD
	iv     []byte
	seq    uint64
}

// newSender begins after the handshake of a client that logged its keys and has written
// nothing yet.
func newSender(t *testing.T, to io.Writer, keys string, suite uint16) *sender {
	t.Helper()
	if suite != tls.TLS_AES_128_GCM_SHA256 {
		t.Skipf("the ends have agreed on %s, which this test does not know", tls.CipherSuiteName(suite))
	}
	for line := range strings.Lines(keys) {
		if f := strings.Fields(line); f[0] == "CLIENT_TRAFFIC_SECRET_0" {
			secret, err := hex.DecodeString(f[2])
			if err != nil {
				t.Fatal(err)
			}
			s := &sender{to: to}
			s.rekey(secret)
			return s
		}
	}
	t.Fatal("no key was logged")
	return nil
}

func (s *sender) rekey(secret []byte) {
	s.secret, s.seq = secret, 0
	block, err := aes.NewCipher(expandLabel(secret, "key", 16))
	if err != nil {
		panic(err)
	}
	if s.aead, err = cipher.NewGCM(block); err != nil {
		panic(err)
	}
	s.iv = expandLabel(secret, "iv", 12)
}

func expandLabel(secret []byte, label string, size int) []byte {
	info := binary.BigEndian.AppendUint16(nil, uint16(size)) // fits: 32 at the most
	info = append(info, byte(len("tls13 "+label)))           // fits: labels are short
	info = append(append(info, "tls13 "+label...), 0)
	key, err := hkdf.Expand(sha256.New, secret, string(info), size)
	if err != nil {
		panic(err)
	}
	return key
}

const (
	typeHandshake   = 22
	typeApplication = 23
)

// send writes a record.
func (s *sender) send(kind byte, content []byte) error {
	inner := append(bytes.Clone(content), kind)
	head := binary.BigEndian.AppendUint16([]byte{typeApplication, 3, 3}, uint16(len(inner)+s.aead.Overhead())) // fits: short
	nonce := bytes.Clone(s.iv)
	for i := range 8 {
		nonce[4+i] ^= byte(s.seq >> (56 - 8*i)) // fits: one byte of it
	}
	s.seq++
	_, err := s.to.Write(s.aead.Seal(head, nonce, inner, head))
	return err
}

// askForKey asks the other end to change its key, and changes its own.
func (s *sender) askForKey() error {
	if err := s.send(typeHandshake, []byte{24, 0, 0, 1, 1}); err != nil {
		return err
	}
	s.rekey(expandLabel(s.secret, "traffic upd", 32))
	return nil
}

// askingPair is a pair whose other end sends records of its own making.
func askingPair(t *testing.T, buffer int) (*pair, *sender, *memconn.Conn) {
	t.Helper()
	var keys bytes.Buffer
	client := identity().client.Clone()
	client.KeyLogWriter = &keys
	ours, theirs := memconn.Pair(memconn.Options{Buffer: buffer})
	p := newPair(t, ours, theirs, client)
	return p, newSender(t, theirs, keys.String(), p.theirs.ConnectionState().CipherSuite), ours
}

// A peer asks for new keys all the time: it gets them, and what is written before and after
// arrives.
func TestKeyUpdate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, s, _ := askingPair(t, 0)
		for i := range 50 {
			want := randomBytes(100 + i)
			if err := s.askForKey(); err != nil {
				t.Fatal(err)
			}
			if err := s.send(typeApplication, want); err != nil {
				t.Fatal(err)
			}
			p.wantRead(t, want)
			synctest.Wait()
			if p.ours.socket.out.size() != 0 {
				t.Error("the answer was not written")
			}
			if n, err := p.ours.TryWrite(want); n != len(want) || err != nil {
				t.Fatal(n, err)
			}
			if got := p.read(t, len(want)); !bytes.Equal(got, want) {
				t.Fatal("other bytes than those that were sent")
			}
		}
	})
}

// A peer asks for new keys while a write to it is stuck in the middle of a record: the
// reader does not wait, and the answers come behind what was stuck.
func TestKeyUpdateBesideStuckWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, s, _ := askingPair(t, 4<<10)
		stuck := randomBytes(64 << 10)
		done := make(chan error)
		go func() { done <- p.send(stuck) }()
		synctest.Wait()
		began := time.Now()
		for range 5 {
			if err := s.askForKey(); err != nil {
				t.Fatal(err)
			}
			if err := s.send(typeApplication, []byte("and on")); err != nil {
				t.Fatal(err)
			}
			p.wantRead(t, []byte("and on"))
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("the reader waited for %v", waited)
		}
		if got := p.read(t, len(stuck)); !bytes.Equal(got, stuck) {
			t.Error("other bytes than those that were sent")
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if _, err := p.ours.TryWrite([]byte("end")); err != nil {
			t.Error(err)
		}
		if got := p.read(t, 3); string(got) != "end" {
			t.Errorf("%q", got)
		}
	})
}

// P6: a peer that asks for new keys and does not read them loses its connection, at a bound.
func TestKeyUpdatesThatNobodyReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, s, ours := askingPair(t, 4<<10)
		failed := make(chan error)
		go func() {
			for {
				if _, err := p.ready(1024); err != nil {
					failed <- err
					return
				}
			}
		}()
		asked := 0
		for ; asked < 10_000; asked++ {
			if s.askForKey() != nil || s.send(typeApplication, []byte("x")) != nil {
				break
			}
			synctest.Wait()
			if n := p.ours.socket.out.size(); n > maxAnswers+4<<10 {
				t.Fatalf("%d bytes are waiting", n)
			}
			select {
			case err := <-failed:
				if !strings.Contains(err.Error(), "a peer that does not read") {
					t.Errorf("the reader: %v", err)
				}
				ours.Close()
				return
			default:
			}
		}
		t.Errorf("asked %d times", asked)
	})
}
