package websocket

import (
	"github.com/gobwas/ws"
)

// Close codes that this package sends, RFC 6455 section 7.4.
const (
	CloseNormal   = ws.StatusNormalClosure
	CloseRefused  = ws.StatusPolicyViolation
	CloseReplaced = ws.StatusGoingAway
)
