package websocket

import "strings"

// Subprotocol is offered in the WebSocket upgrade, RFC 6455 section 1.9. It names
// the handshake, not the version of what follows: see PROTOCOL.md, section 4.
const Subprotocol = "gridc.v1"

// HostHeader is the address as HTTP names it: without the port that goes without
// saying, for which a proxy may have no rule.
func HostHeader(address string, overTLS bool) string {
	if overTLS {
		return strings.TrimSuffix(address, ":443")
	}
	return strings.TrimSuffix(address, ":80")
}
