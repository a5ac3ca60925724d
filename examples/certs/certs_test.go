package main

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"
)

// certs runs the command, and returns what it prints.
func certs(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out strings.Builder
	if status := run(args, &out, &out); status != want {
		t.Fatalf("certs %q ended with %d, not %d:\n%s", args, status, want, out.String())
	}
	return out.String()
}

// Each certificate is for its name, for both ends, and signed by the one authority, also
// if it was made later.
func TestCertificates(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "certs")
	said := certs(t, 0, "-dir", dir, "node1", "*.operator")
	said += certs(t, 0, "-dir", dir, "node2")
	for _, name := range []string{"node1", "operator", "node2"} {
		if !strings.Contains(said, filepath.Join(dir, name+".pem")+"\n") {
			t.Errorf("it does not say where the certificate of %s is:\n%s", name, said)
		}
	}
	pem, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	authority := x509.NewCertPool()
	authority.AppendCertsFromPEM(pem)
	for file, name := range map[string]string{"node1": "node1", "node2": "node2", "operator": "k3v5x2q7pa.operator"} {
		pair, err := tls.LoadX509KeyPair(filepath.Join(dir, file+".pem"), filepath.Join(dir, file+"-key.pem"))
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(pair.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, use := range []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth} {
			if _, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: authority, KeyUsages: []x509.ExtKeyUsage{use}}); err != nil {
				t.Errorf("%s as %v: %v", name, use, err)
			}
		}
		info, err := os.Stat(filepath.Join(dir, file+"-key.pem"))
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 && goruntime.GOOS != "windows" {
			t.Errorf("the key of %s may be read by others: %v", file, mode)
		}
	}
}

// Nothing is written for names that cannot be those of files, and what is no authority is
// left alone.
func TestWhatCannotBe(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"", "..", "../x", "a/b", "*", "a*", "ca", "*.ca", "two words"} {
		certs(t, 1, "-dir", dir, name)
	}
	certs(t, 2, "-dir", dir)
	certs(t, 2, "-dir", dir, "-days", "0", "a")
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("%v, %v", files, err)
	}
	for _, file := range []string{"ca.pem", "ca-key.pem"} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if said := certs(t, 1, "-dir", dir, "a"); !strings.Contains(said, "the authority in") {
		t.Error(said)
	}
}
