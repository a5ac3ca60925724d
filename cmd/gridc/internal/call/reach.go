package call

import (
	"context"
	"errors"
	"fmt"
	"strings"

	grid "github.com/gridrpc/gridc/runtime"
)

// unreachable says why a node is not connected, and what to do about it.
func (p *Peer) unreachable(reason error) *Failure {
	why := text(reason)
	code := grid.Disconnected
	switch {
	case errors.Is(reason, context.DeadlineExceeded):
		code = grid.DeadlineExceeded
	case errors.Is(reason, context.Canceled):
		code = grid.Canceled
	}
	f := notSent(code, "%s at %s is not connected: %s", p.name, p.address, why)
	for _, h := range p.reachHints() {
		if strings.Contains(why, h.sign) {
			f.Hint = h.hint
			break
		}
	}
	return f
}

// reachHint is what to do about a reason that holds a sign.
type reachHint struct{ sign, hint string }

// reachHints are for what goes wrong when a node is met for the first time. The runtime
// tells why; which flag it is about is known here.
func (p *Peer) reachHints() []reachHint {
	return []reachHint{
		{"is not among the peers", fmt.Sprintf("the node accepts nobody of the name %q: let its Options.Accept return true for it, or take a name that it accepts with --as", p.as)},
		{"refused by the peer: this is ", "write that name before the @, or another address after it"},
		{"wrong key", "--key-file is taken as it is, every byte of it, a line end too: it must be what the node has"},
		{"authentication is by ", "the node wants other credentials: --key-file, --token-file, --tls-cert with --tls-key, or --insecure"},
		{"first record does not look like a TLS handshake", "the node speaks no TLS: leave the --tls flags out"},
		{" speaks TLS", "the node speaks TLS: give --tls, or its authority with --tls-ca"},
		{"certificate signed by unknown authority", "give the authority that signed the node's certificate with --tls-ca"},
		{"the certificate is not for ", "the node has to be called what its certificate says: write that before the @"},
		{"certificate is valid for", "the node's certificate is for another name: write that before the @, or give it with --tls-server-name"},
		{"no answer from ", "its process may be stopped, or the network swallow what is sent; is the address right?"},
		{"connection refused", "nobody listens there: is the node running, and is the address right?"},
		{"no such host", "the host has no address: is its name right?"},
		{"404", "the node's Handler is mounted at another path: give it with --path"},
	}
}
