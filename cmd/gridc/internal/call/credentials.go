package call

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	grid "github.com/gridrpc/gridc/runtime"
)

// Credentials are how the two ends prove who they are. Files are given by path.
type Credentials struct {
	Insecure  bool   // no proof at all
	KeyFile   string // a shared key, every byte of the file
	TokenFile string // a bearer token, without the white space around it

	TLS        bool // dial with TLS, with the system's authorities
	CAFile     string
	CertFile   string // with KeyPEMFile: this end's own certificate
	KeyPEMFile string
	ServerName string // in the node's certificate; "" is the node's name
}

// errNoCredentials says what there is to choose from.
var errNoCredentials = errors.New("no credentials: give --key-file (the key that the nodes share), --token-file, or --tls-cert and --tls-key; or --insecure for a node that asks for none")

// load reads the files. named is the name that a certificate says its bearer has, where
// that is the proof.
func (c *Credentials) load() (auth grid.Authenticator, config *tls.Config, named string, err error) {
	if config, err = c.tlsConfig(); err != nil {
		return nil, nil, "", err
	}
	switch {
	case c.Insecure:
		return grid.InsecureNoAuth(), config, "", nil
	case c.KeyFile != "":
		key, err := os.ReadFile(c.KeyFile)
		return grid.SharedKey(key), config, "", err
	case c.TokenFile != "":
		token, err := os.ReadFile(c.TokenFile)
		if err == nil && config == nil {
			err = errors.New("a token is shown over TLS only: give --tls, or --tls-ca")
		}
		return grid.Token(strings.TrimSpace(string(token)), nil), config, "", err
	case c.CertFile != "":
		named, err := nameIn(&config.Certificates[0])
		return grid.TLSIdentity(), config, named, err
	}
	return nil, nil, "", errNoCredentials
}

// tlsConfig is what is dialed with, nil for no TLS.
func (c *Credentials) tlsConfig() (*tls.Config, error) {
	if !c.TLS && c.CAFile == "" && c.CertFile == "" && c.KeyPEMFile == "" && c.ServerName == "" {
		return nil, nil
	}
	config := &tls.Config{ServerName: c.ServerName, MinVersion: tls.VersionTLS12}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate in PEM", c.CAFile)
		}
	}
	switch {
	case (c.CertFile == "") != (c.KeyPEMFile == ""):
		return nil, errors.New("--tls-cert and --tls-key belong together")
	case c.CertFile != "":
		pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyPEMFile)
		if err != nil {
			return nil, fmt.Errorf("%s and %s: %w", c.CertFile, c.KeyPEMFile, err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// nameIn is the first name that a certificate is good for as it stands; if there is none
// and it is for all names that end alike, one of those that nobody else has.
func nameIn(cert *tls.Certificate) (string, error) {
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		return "", err
	}
	for _, name := range leaf.DNSNames {
		if !strings.Contains(name, "*") {
			return name, nil
		}
	}
	for _, name := range leaf.DNSNames {
		if base, ok := strings.CutPrefix(name, "*."); ok {
			return grid.UniqueName(base), nil
		}
	}
	return "", nil
}
