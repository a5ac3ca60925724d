package grid

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
)

// Role is one of the two ends of a socket.
type Role string

// The two roles.
const (
	Dialer   Role = "dialer"
	Acceptor Role = "acceptor"
)

// AuthInfo is what a proof is about. Names in it are claims until Verify has passed.
type AuthInfo struct {
	Prover     string // name of the end that proves itself
	Verifier   string // name of the other end
	Role       Role   // of the prover
	Transcript []byte // all that was said before the proof, hellos with their fresh nonces
	TLS        *tls.ConnectionState
}

// Authenticator proves this end of a connection to the other, and checks the
// other's proof. Implementations must be safe for concurrent use. Neither method
// may depend on a clock: freshness comes from the nonces in the transcript.
type Authenticator interface {
	// Scheme names the method; both ends must have the same.
	Scheme() string
	// Prove returns at most 1 KiB that convinces the other end.
	Prove(info AuthInfo) ([]byte, error)
	// Verify returns nil if the proof shows that the prover may bear its name. An
	// error's text is told to the peer.
	Verify(info AuthInfo, proof []byte) error
}

// minSharedKey is the least length of a shared key in bytes.
const minSharedKey = 16

// SharedKey authenticates both ends by one key that the whole cluster has: each
// sends an HMAC-SHA256 (RFC 2104) over both hellos. It needs at least 16 bytes;
// a shorter key is refused by NewManager. Whoever has the key may bear any name
// that the other end has among its peers. For a change of keys without an outage,
// let every node accept the new key too, then prove by it, then drop the old one:
// proofs are made with key and checked against key and accepted.
func SharedKey(key []byte, accepted ...[]byte) Authenticator {
	k := &sharedKey{}
	for _, one := range append([][]byte{key}, accepted...) {
		k.keys = append(k.keys, append([]byte(nil), one...))
	}
	return k
}

type sharedKey struct{ keys [][]byte }

func (k *sharedKey) Scheme() string { return "hmac-sha256" }

func (k *sharedKey) check() error {
	for _, key := range k.keys {
		if len(key) < minSharedKey {
			return fmt.Errorf("the shared key is %d bytes long, at least %d are needed", len(key), minSharedKey)
		}
	}
	return nil
}

func keyedSum(key []byte, info AuthInfo) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("gridc.v1 proof of the " + string(info.Role) + "\x00"))
	mac.Write(info.Transcript)
	return mac.Sum(nil)
}

func (k *sharedKey) Prove(info AuthInfo) ([]byte, error) { return keyedSum(k.keys[0], info), nil }

func (k *sharedKey) Verify(info AuthInfo, proof []byte) error {
	for _, key := range k.keys {
		if hmac.Equal(proof, keyedSum(key, info)) {
			return nil
		}
	}
	return errors.New("wrong key")
}

// SharedKeys authenticates each pair by a key of its own: keyFor returns the key
// that this end shares with a peer. So a tool outside the mesh has credentials
// that no node's name can be claimed with. An empty key refuses the peer.
func SharedKeys(keyFor func(peer string) []byte) Authenticator { return pairKeys{keyFor} }

type pairKeys struct{ keyFor func(peer string) []byte }

func (k pairKeys) Scheme() string { return "hmac-sha256" }

func (k pairKeys) Prove(info AuthInfo) ([]byte, error) {
	key := &sharedKey{keys: [][]byte{k.keyFor(info.Verifier)}}
	if err := key.check(); err != nil {
		return nil, err
	}
	return key.Prove(info)
}

func (k pairKeys) Verify(info AuthInfo, proof []byte) error {
	key := &sharedKey{keys: [][]byte{k.keyFor(info.Prover)}}
	if key.check() != nil {
		return errors.New("wrong key") // that there is none for this name is not the peer's business
	}
	return key.Verify(info, proof)
}

// InsecureNoAuth believes every name. It is for tests, and for networks where
// nobody else can connect.
func InsecureNoAuth() Authenticator { return noAuth{} }

type noAuth struct{}

func (noAuth) Scheme() string                 { return "none" }
func (noAuth) Prove(AuthInfo) ([]byte, error) { return nil, nil }
func (noAuth) Verify(AuthInfo, []byte) error  { return nil }
