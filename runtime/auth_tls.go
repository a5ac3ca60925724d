package grid

import (
	"crypto/subtle"
	"crypto/x509"
	"errors"
	"fmt"
)

// Token authenticates the dialer by a bearer token and the acceptor by its TLS
// certificate, which must be valid for the acceptor's name. It needs TLS. mine
// is what this end shows when it dials; check decides whether a token allows a
// name, and may be nil on a node that never accepts.
func Token(mine string, check func(peer, token string) error) Authenticator {
	return &token{mine: mine, verify: check}
}

type token struct {
	mine   string
	verify func(peer, token string) error
}

func (t *token) Scheme() string { return "token" }

func (t *token) Prove(info AuthInfo) ([]byte, error) {
	switch {
	case info.TLS == nil:
		return nil, errors.New("a token may only be shown over TLS")
	case info.Role == Dialer:
		return []byte(t.mine), nil
	}
	return nil, nil
}

func (t *token) Verify(info AuthInfo, proof []byte) error {
	switch {
	case info.TLS == nil:
		return errors.New("a token is only believed over TLS")
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

// TLSIdentity authenticates both ends by their TLS certificates (mutual TLS):
// each must be verified by the other and valid for the name that its end bears.
// The server's tls.Config needs ClientAuth RequireAndVerifyClientCert.
func TLSIdentity() Authenticator { return tlsIdentity{} }

type tlsIdentity struct{}

func (tlsIdentity) Scheme() string                       { return "tls" }
func (tlsIdentity) Prove(AuthInfo) ([]byte, error)       { return nil, nil }
func (tlsIdentity) Verify(info AuthInfo, _ []byte) error { return certificateFor(info) }

// certificateFor checks that the prover's verified certificate is for its name.
func certificateFor(info AuthInfo) error {
	if info.TLS == nil {
		return errors.New("the connection is not over TLS")
	}
	if len(info.TLS.VerifiedChains) == 0 {
		return errors.New("no verified certificate")
	}
	cert := info.TLS.VerifiedChains[0][0]
	if err := cert.VerifyHostname(info.Prover); err != nil {
		var wrong x509.HostnameError
		if errors.As(err, &wrong) {
			return fmt.Errorf("the certificate is not for %s", quoted(info.Prover))
		}
		return err
	}
	return nil
}
