package grid

import (
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/runtime/status"
)

// Token authenticates the dialer by a bearer token and the acceptor by its TLS
// certificate, which must be valid for the acceptor's name; see TLSIdentity. It
// needs TLS: Options.TLS to dial, and an http.Server with TLS to accept. mine is
// what this end shows when it dials; check decides whether a token allows a name,
// and may be nil on a node that never accepts.
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
		return nil, errors.New("a token may only be shown over TLS: " + howTLS)
	case info.Role == Dialer:
		return []byte(t.mine), nil
	}
	return nil, nil
}

func (t *token) Verify(info AuthInfo, proof []byte) error {
	switch {
	case info.TLS == nil:
		return errors.New("a token is only believed over TLS: " + howTLS)
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
//
// A certificate needs the node's name among its DNS names (or its IP addresses, if
// the name is one), as subject alternative names: the common name does not count.
// It must be good for a client and a server, for a node is both. The host of its
// address it does not need: which node that is, and not where, is what counts.
// Names are compared as those of hosts are, without regard to case, and a wildcard
// is good for every name that it matches.
//
// The tls.Config of the http.Server needs ClientAuth RequireAndVerifyClientCert and
// ClientCAs, Options.TLS a certificate and RootCAs. A ServerName that is set there
// is verified first, and sent; else it is the peer's name.
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
		return fmt.Errorf("the certificate is not for %s: it has no DNS names, and the common name does not count", status.Quoted(name))
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
		return errors.New("Options.TLS is nil, and a Token may only be shown over TLS: set it for dialing, and serve the handler with TLS")
	case config.InsecureSkipVerify:
		return errors.New("Options.TLS.InsecureSkipVerify: a Token is shown to a node only whose certificate was verified")
	}
	return nil
}

func (tlsIdentity) checkTLS(config *tls.Config) error {
	switch {
	case config == nil:
		return errors.New("Options.TLS is nil, and TLSIdentity needs it for dialing, as it needs the handler to be served with TLS")
	case config.InsecureSkipVerify:
		return errors.New("Options.TLS.InsecureSkipVerify: TLSIdentity believes no certificate that was not verified")
	case len(config.Certificates) == 0 && config.GetClientCertificate == nil:
		return errors.New("Options.TLS has no certificate, which TLSIdentity needs for dialing: set Certificates or GetClientCertificate")
	}
	return nil
}
