#!/usr/bin/env bash
# gobwas/ws 1.5.0: a close frame without a body, which RFC 6455 section 7.1.5 reads
# as code 1005, is parsed as code 0. The library has a constant for 1005, which its own
# method Empty does not call empty, and 0 is in no range that it names for protocols. Who
# compares with the constant takes a peer that gave no code for one that gave an
# unknown one.
#
# Seen with go1.26, github.com/gobwas/ws v1.5.0, November 2026:
#
#   code=0 reason="" empty=true reserved=false in-range-of-rfc=false
#   1005: empty=false reserved=true
#
# Needs Go and the module proxy. Ends with 1 if the behaviour has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
cat > go.mod <<'MOD'
module finding

go 1.26

require github.com/gobwas/ws v1.5.0
MOD
cat > main.go <<'GO'
package main

import (
	"bytes"
	"fmt"

	"github.com/gobwas/ws"
)

func main() {
	var wire bytes.Buffer
	if err := ws.WriteFrame(&wire, ws.NewCloseFrame(nil)); err != nil {
		panic(err)
	}
	frame, err := ws.ReadFrame(&wire)
	if err != nil {
		panic(err)
	}
	code, reason := ws.ParseCloseFrameData(frame.Payload)
	fmt.Printf("code=%d reason=%q empty=%v reserved=%v in-range-of-rfc=%v\n", code, reason, code.Empty(), code.IsProtocolReserved(), code.In(ws.StatusRangeProtocol))
	fmt.Printf("%d: empty=%v reserved=%v\n", ws.StatusNoStatusRcvd, ws.StatusNoStatusRcvd.Empty(), ws.StatusNoStatusRcvd.IsProtocolReserved())
}
GO
cat > want <<'WANT'
code=0 reason="" empty=true reserved=false in-range-of-rfc=false
1005: empty=false reserved=true
WANT
GOFLAGS=-mod=mod go run . 2>/dev/null | tee got
diff want got
