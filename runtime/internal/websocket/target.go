package websocket

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Subprotocol is offered in the WebSocket upgrade, RFC 6455 section 1.9. It names
// the handshake, not the version of what follows: see PROTOCOL.md, section 4.
const Subprotocol = "gridc.v1"

// Target is where a node is dialed.
type Target struct {
	Address string // host:port
	Path    string
	TLS     bool
}

// ParseTarget reads the address of a node: host:port, which is dialed as given, or a
// URL of scheme ws or wss (RFC 6455 section 3), which says itself whether over TLS, and
// at which path if it has one.
func ParseTarget(address, path string, overTLS bool) (Target, error) {
	if !strings.Contains(address, "://") {
		if _, _, err := net.SplitHostPort(address); err != nil {
			return Target{}, fmt.Errorf("%q is neither host:port nor ws://host or wss://host", address)
		}
		return Target{Address: address, Path: path, TLS: overTLS}, nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return Target{}, fmt.Errorf("it is no URL: %w", errors.Unwrap(err)) // without its text, which may hold a password
	}
	if err := checkURL(u); err != nil {
		return Target{}, fmt.Errorf("%q is no address of a node: %w", u.Redacted(), err)
	}
	t := Target{Address: u.Host, Path: path, TLS: u.Scheme == "wss"}
	if u.Port() == "" {
		t.Address = net.JoinHostPort(u.Hostname(), map[bool]string{false: "80", true: "443"}[t.TLS])
	}
	if p := u.EscapedPath(); p != "" {
		t.Path = p
	}
	return t, nil
}

// checkURL looks for what the URL of a node cannot have.
func checkURL(u *url.URL) error {
	switch {
	case u.Scheme != "ws" && u.Scheme != "wss":
		return fmt.Errorf("the scheme is ws or wss, not %s", u.Scheme)
	case u.Hostname() == "":
		return errors.New("it has no host")
	case u.User != nil:
		return errors.New("it must not contain a user: nodes authenticate by Options.Auth")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("it must not contain a query or a fragment")
	}
	return nil
}

// Host is the address as HTTP names it: without the default port, for which a proxy may
// have no rule.
func (t Target) Host() string {
	if t.TLS {
		return strings.TrimSuffix(t.Address, ":443")
	}
	return strings.TrimSuffix(t.Address, ":80")
}
