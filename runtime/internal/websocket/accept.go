package websocket

import (
	"maps"
	"net/http"

	"github.com/gobwas/ws"
)

// Close codes that this package sends, RFC 6455 section 7.4.
const (
	CloseNormal   = ws.StatusNormalClosure
	CloseRefused  = ws.StatusPolicyViolation
	CloseReplaced = ws.StatusGoingAway
)

// PlainRequest returns the request for an upgrade as gobwas/ws reads one: it looks at the
// first line of Connection, and takes Upgrade for one word, where RFC 6455 section 4.2.1 has
// lists, which HTTP allows to extend and to spread over lines. The request itself stays as it is.
func PlainRequest(r *http.Request) *http.Request {
	header := maps.Clone(r.Header)
	for name, word := range map[string]string{"Upgrade": "websocket", "Connection": "Upgrade"} {
		if hasToken(header[name], word) {
			header[name] = []string{word}
		}
	}
	plain := r.WithContext(r.Context())
	plain.Header = header
	return plain
}
