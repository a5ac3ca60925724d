package peers_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// What counts is which node a certificate is for, not where that node is: one for
// the node's name alone is good at any address.
func TestTLSIdentityNeedsNoHostInTheCertificate(t *testing.T) {
	ca := trial.NewAuthority(t)
	token := grid.Token("sesame, open", grid.SameToken("sesame, open"))
	for how, auth := range map[string]grid.Authenticator{"mutual TLS": grid.TLSIdentity(), "token": token} {
		t.Run(how, func(t *testing.T) {
			ask := tls.VerifyClientCertIfGiven
			if how == "mutual TLS" {
				ask = tls.RequireAndVerifyClientCert
			}
			nodes := tlsPair(t, ca.Pool,
				tlsNode{"node-1", auth, ca.IssueAt(t, "x", []string{"node-1"}), ask},
				tlsNode{"node_2", auth, ca.IssueAt(t, "x", []string{"node_2"}), ask})
			for i, m := range nodes {
				trial.WantConnected(t, m.Connection(nodes[1-i].Name()))
			}
		})
	}
}

// A certificate for the host alone, or with the name as its common name only, is
// not the node's: the end that dials says so, whichever was wrong, and what it is for.
func TestTLSIdentityOfAnotherNode(t *testing.T) {
	ca := trial.NewAuthority(t)
	here := net.IPv4(127, 0, 0, 1)
	names := []string{"a.test", "b.test"} // of which b dials
	for wrong, name := range names {
		for want, cert := range map[string]tls.Certificate{
			`is not for "` + name + `" but for "127.0.0.1"`:              ca.IssueAt(t, name, nil, here),
			`is not for "` + name + `" but for "elsewhere.test"`:         ca.IssueAt(t, name, []string{"elsewhere.test"}),
			`is not for "` + name + `": it has no DNS names`:             ca.IssueAt(t, name, nil),
			`is not for "` + name + `" but for "c.test, d, 127.0.0.1"`:   ca.IssueAt(t, name, []string{"c.test", "d"}, here),
			`is not for "` + name + `" but for "many.test, many.test, m`: ca.IssueAt(t, name, strings.Split(strings.Repeat("many.test,", 50)+"z", ",")),
		} {
			certs := []tls.Certificate{ca.IssueAt(t, "x", names[:1]), ca.IssueAt(t, "x", names[1:])}
			certs[wrong] = cert
			nodes := tlsPair(t, ca.Pool,
				tlsNode{names[0], grid.TLSIdentity(), certs[0], tls.RequireAndVerifyClientCert},
				tlsNode{names[1], grid.TLSIdentity(), certs[1], tls.RequireAndVerifyClientCert})
			trial.WantKeptOut(t, nodes[1].Connection(names[0]), want)
		}
	}
}

// What cannot work is refused at once: TLSIdentity and Token without TLS where the
// node dials anybody, and without what they need of it.
func TestAuthenticatorsThatNeedTLS(t *testing.T) {
	ca := trial.NewAuthority(t)
	cert := ca.Issue(t, "a.test")
	good := &tls.Config{Certificates: []tls.Certificate{cert}, RootCAs: ca.Pool}
	identity, token := grid.TLSIdentity(), grid.Token("t", nil)
	b := []grid.Peer{{Name: "a.test", Address: "a:1"}, {Name: "b.test", Address: "b:1"}}
	own := func(context.Context, string) (net.Conn, error) { return nil, errors.New("no") }
	for name, row := range map[string]struct {
		o    grid.Options
		want string // "" for none
	}{
		"identity":                     {grid.Options{Auth: identity, Peers: b, TLS: good}, ""},
		"identity that only accepts":   {grid.Options{Auth: identity, Peers: []grid.Peer{{Name: "b.test"}, {Name: "a.test", Address: "a:1"}}}, ""},
		"identity with its own Dial":   {grid.Options{Auth: identity, Peers: b, Dial: own}, ""},
		"token":                        {grid.Options{Auth: token, Peers: b, TLS: &tls.Config{}}, ""},
		"identity without TLS":         {grid.Options{Auth: identity, Peers: b}, "Options.TLS is nil"},
		"token without TLS":            {grid.Options{Auth: token, Peers: b}, "Options.TLS is nil"},
		"token that only calls":        {grid.Options{Auth: token, CallOnly: true}, "Options.TLS is nil"},
		"identity and a resolver":      {grid.Options{Auth: identity, Resolver: grid.StaticResolver()}, "Options.TLS is nil"},
		"identity without certificate": {grid.Options{Auth: identity, Peers: b, TLS: &tls.Config{RootCAs: ca.Pool}}, "set Certificates"},
		"identity that verifies nothing": {grid.Options{Auth: identity, Peers: b, TLS: &tls.Config{Certificates: good.Certificates, InsecureSkipVerify: true}},
			"InsecureSkipVerify"},
		"token that verifies nothing": {grid.Options{Auth: token, Peers: b, Dial: own, TLS: &tls.Config{InsecureSkipVerify: true}}, "InsecureSkipVerify"},
	} {
		row.o.Name = "a.test"
		m, err := grid.NewManager(row.o)
		if err == nil {
			defer m.Shutdown(t.Context())
		}
		if (row.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q", name, err, row.want)
		}
	}
	m, err := grid.NewManager(grid.Options{Name: "a.test", Auth: identity})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Shutdown(t.Context())
	if err := m.AddPeer(grid.Peer{Name: "b.test", Address: "b:1"}); err == nil || !strings.Contains(err.Error(), "Options.TLS is nil") {
		t.Errorf("a peer with an address: %v", err)
	}
	if err := m.AddPeer(grid.Peer{Name: "b.test"}); err != nil {
		t.Error(err)
	}
}
