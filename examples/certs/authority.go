package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// authority signs the certificates of a cluster. Its files are ca.pem and ca-key.pem.
type authority struct {
	dir  string
	cert *x509.Certificate
	key  crypto.Signer
}

// authorityName is what its files are called, which no node can be.
const authorityName = "ca"

// checkName refuses names that cannot be those of a certificate, or of its files.
func checkName(name string) error {
	plain := strings.TrimPrefix(name, "*.")
	switch {
	case plain == "", strings.ContainsAny(plain, `/\* `), strings.HasPrefix(plain, "."):
		return fmt.Errorf("%q cannot be the name of a certificate's file", name)
	case plain == authorityName:
		return fmt.Errorf("%q is the authority's own name", name)
	}
	return nil
}

// openAuthority reads the authority of a folder, or makes one.
func openAuthority(dir string, valid time.Duration) (*authority, error) {
	a := &authority{dir: dir}
	pair, err := tls.LoadX509KeyPair(a.file(authorityName), a.keyFile(authorityName))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return a, a.found(valid)
	case err != nil:
		return nil, fmt.Errorf("the authority in %s: %w", dir, err)
	}
	key, ok := pair.PrivateKey.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("the key in %s signs nothing", a.keyFile(authorityName))
	}
	a.key = key
	a.cert, err = x509.ParseCertificate(pair.Certificate[0])
	return a, err
}

// found makes the authority.
func (a *authority) found(valid time.Duration) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "authority of the cluster"}, NotBefore: begin(), NotAfter: begin().Add(10 * valid),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	a.key = key
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return err
	}
	return a.write(authorityName, der, key)
}

// begin is when a certificate begins to be valid: clocks of machines differ a little.
func begin() time.Time { return time.Now().Add(-time.Hour) }

// issue makes a certificate for the name of a node or tool, and returns its file. The name
// is a DNS name of the certificate: the common name is ignored.
func (a *authority) issue(name string, valid time.Duration) (file string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, NotBefore: begin(), NotAfter: begin().Add(valid), DNSNames: []string{name},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return "", err
	}
	plain := strings.TrimPrefix(name, "*.")
	return a.file(plain), a.write(plain, der, key)
}

func (a *authority) file(name string) string    { return filepath.Join(a.dir, name+".pem") }
func (a *authority) keyFile(name string) string { return filepath.Join(a.dir, name+"-key.pem") }

// write writes a certificate, and its key for its owner alone.
func (a *authority) write(name string, der []byte, key *ecdsa.PrivateKey) error {
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	secret := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
	if err := os.WriteFile(a.keyFile(name), secret, 0o600); err != nil {
		return err
	}
	return os.WriteFile(a.file(name), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644)
}
