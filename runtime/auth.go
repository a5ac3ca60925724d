package grid

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/runtime/status"
)

// Role is one of the two ends of a socket.
type Role string

// The two roles.
const (
	Dialer   Role = "dialer"
	Acceptor Role = "acceptor"
)

// AuthInfo is what a proof is about. The names in it are only claims until Verify
// succeeds.
type AuthInfo struct {
	Prover     string // name of the end that proves its identity
	Verifier   string // name of the other end
	Role       Role   // of the prover
	Transcript []byte // everything exchanged before the proof: the hellos with their fresh nonces
	TLS        *tls.ConnectionState
}

// Authenticator proves the identity of this end of a connection, and verifies the other
// end. Implementations must be safe for concurrent use. Neither method may depend on a
// clock: the nonces in the transcript make each proof fresh.
type Authenticator interface {
	// Scheme names the method; both ends must have the same.
	Scheme() string
	// Prove returns the proof for the other end, at most 1 KiB.
	Prove(info AuthInfo) ([]byte, error)
	// Verify returns nil if the proof shows that the prover may use its name. The peer gets
	// the text of the error.
	Verify(info AuthInfo, proof []byte) error
}

// minSharedKey is the least length of a shared key in bytes.
const minSharedKey = 16

// SharedKey authenticates both ends by one key that the whole cluster has: each sends an
// HMAC-SHA256 (RFC 2104) over both hellos. It needs at least 16 bytes; NewManager refuses
// a shorter key. Whoever has the key can use any name that the other end has among its
// peers. Proofs are made with key, and checked against key and accepted. To change keys
// without an outage, first let every node accept the new key, then use it as key, then
// drop the old one.
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

// errWrongKey is told to both ends. Which key, and of whom, it does not say.
var errWrongKey = errors.New("wrong key: Options.Auth needs the same one at both ends")

func (k *sharedKey) Prove(info AuthInfo) ([]byte, error) { return keyedSum(k.keys[0], info), nil }

func (k *sharedKey) Verify(info AuthInfo, proof []byte) error {
	for _, key := range k.keys {
		if hmac.Equal(proof, keyedSum(key, info)) {
			return nil
		}
	}
	return errWrongKey
}

// SharedKeys authenticates each pair by a key of its own, so the key of a tool does not
// allow the name of a node. keyFor returns the key that this end shares with a peer. It
// gets the whole name, such as "k3v5x2q7pa.operator" for one run of a tool (see
// UniqueName). An empty key refuses the peer.
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
		return errWrongKey // that there is none for this name is not the peer's business
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

// Token authenticates the dialer by a bearer token and the acceptor by its TLS
// certificate, which must be valid for the acceptor's name; see TLSIdentity. It needs
// TLS: Options.TLS to dial, and an http.Server with TLS to accept. mine is the token that
// this end sends when it dials. check decides whether a token allows a name; it may be
// nil on a node that never accepts.
func Token(mine string, check func(peer, token string) error) Authenticator {
	return &token{mine: mine, verify: check}
}

type token struct {
	mine   string
	verify func(peer, token string) error
}

// tokenScheme is the scheme of Token, and of all guests.
const tokenScheme = "token"

func (t *token) Scheme() string { return tokenScheme }

func (t *token) Prove(info AuthInfo) ([]byte, error) {
	switch {
	case info.TLS == nil:
		return nil, errors.New("a token is sent only over TLS: " + howTLS)
	case info.Role == Dialer:
		return []byte(t.mine), nil
	}
	return nil, nil
}

func (t *token) Verify(info AuthInfo, proof []byte) error {
	switch {
	case info.TLS == nil:
		return errors.New("a token is accepted only over TLS: " + howTLS)
	case info.Role == Acceptor:
		return certificateFor(info)
	case t.verify == nil:
		return errors.New("this node accepts no tokens")
	}
	return t.verify(info.Prover, string(proof))
}

// SameToken is a check for Token that accepts one token for any name.
func SameToken(want string) func(peer, token string) error {
	return func(_, token string) error {
		if subtle.ConstantTimeCompare([]byte(token), []byte(want)) != 1 {
			return errors.New("wrong token")
		}
		return nil
	}
}

// TLSIdentity authenticates both ends by their TLS certificates (mutual TLS): each is
// verified by the other end, and must be valid for the name of its own end.
//
// A certificate needs the node's name among its DNS names (or its IP addresses, if the
// name is one), as subject alternative names: the common name is ignored. It must be
// valid for client and server authentication, because a node is both. It does not need
// the host name of the address: it says which node this is, not where. Names are compared
// like host names, ignoring case, and a wildcard is valid for every name that it matches.
//
// The tls.Config of the http.Server needs ClientAuth RequireAndVerifyClientCert and
// ClientCAs, Options.TLS a certificate and RootCAs. If Options.TLS has a ServerName, it
// is sent and verified as well; otherwise the name of the peer is.
func TLSIdentity() Authenticator { return tlsIdentity{} }

type tlsIdentity struct{}

func (tlsIdentity) Scheme() string                       { return "tls" }
func (tlsIdentity) Prove(AuthInfo) ([]byte, error)       { return nil, nil }
func (tlsIdentity) Verify(info AuthInfo, _ []byte) error { return certificateFor(info) }

// howTLS says what to set where there is no TLS.
const howTLS = "set Options.TLS where it is dialed, and serve the handler with TLS"

// certificateFor checks that the prover's verified certificate is for its name.
func certificateFor(info AuthInfo) error {
	switch {
	case info.TLS == nil:
		return errors.New("the connection is not over TLS: " + howTLS)
	case len(info.TLS.VerifiedChains) == 0 && info.Role == Dialer:
		return errors.New("no verified certificate: the acceptor's server needs ClientAuth RequireAndVerifyClientCert")
	case len(info.TLS.VerifiedChains) == 0:
		return errors.New("no verified certificate")
	}
	return nameFault(info.TLS.VerifiedChains[0][0].VerifyHostname(info.Prover), info.Prover)
}

// nameFault says whom a certificate is for, if it is for somebody else.
func nameFault(err error, name string) error {
	var wrong x509.HostnameError
	if !errors.As(err, &wrong) {
		return err
	}
	names := slices.Clone(wrong.Certificate.DNSNames)
	for _, ip := range wrong.Certificate.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return fmt.Errorf("the certificate is not for %s: it has no DNS names, and the common name is ignored", status.Quoted(name))
	}
	return fmt.Errorf("the certificate is not for %s but for %s", status.Quoted(name), status.Quoted(strings.Join(names, ", ")))
}

// byCertificate is implemented by Authenticators for which the certificate of a TLS
// server must be that of the node.
type byCertificate interface {
	// checkTLS returns what is wrong with the configuration that this node dials
	// with, nil for none.
	checkTLS(config *tls.Config) error
}

func (t *token) checkTLS(config *tls.Config) error {
	switch {
	case config == nil:
		return errors.New("Options.TLS is nil, and a Token is sent only over TLS: set it for dialing, and serve the handler with TLS")
	case config.InsecureSkipVerify:
		return errors.New("Options.TLS.InsecureSkipVerify: a Token is sent only to a node whose certificate was verified")
	}
	return nil
}

func (tlsIdentity) checkTLS(config *tls.Config) error {
	switch {
	case config == nil:
		return errors.New("Options.TLS is nil, and TLSIdentity needs it for dialing, as it needs the handler to be served with TLS")
	case config.InsecureSkipVerify:
		return errors.New("Options.TLS.InsecureSkipVerify: TLSIdentity accepts only certificates that were verified")
	case len(config.Certificates) == 0 && config.GetClientCertificate == nil:
		return errors.New("Options.TLS has no certificate, which TLSIdentity needs for dialing: set Certificates or GetClientCertificate")
	}
	return nil
}
