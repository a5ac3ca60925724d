#!/usr/bin/env bash
# tinylib/msgp 1.6.5: what ReadIntfBytes makes of a timestamp of MessagePack's own type
# depends on the bytes behind it. In 4 or 8 bytes, so from 1970 to 2514, it is a time.Time
# where anything follows, and a *RawExtension where it is the last of the buffer: a list of
# the same moment twice has two types. In 12 bytes, so before 1970, it is a time.Time
# in both places. The complex64 that msgp itself writes is met by the same. The reader of
# streams sees the right type everywhere. A type switch that was tested with lists or with old
# dates misses the date of today.
#
# Seen with go1.26, github.com/tinylib/msgp v1.6.5, December 2026; see `want` below.
#
# Needs Go and the module proxy. Ends with 1 if the behaviour has changed, with 2 without Go.
set -euo pipefail
command -v go >/dev/null || { echo "needs Go" >&2; exit 2; }
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
cat > go.mod <<'MOD'
module finding

go 1.26

require github.com/tinylib/msgp v1.6.5
MOD
cat > main.go <<'GO'
package main

import (
	"bytes"
	"fmt"
	"time"

	"github.com/tinylib/msgp/msgp"
)

func types(list any) string {
	text := ""
	for _, v := range list.([]any) {
		text += fmt.Sprintf(" %T", v)
	}
	return text
}

func main() {
	stamp := func(t time.Time) []byte { return msgp.AppendTimeExt(nil, t) }
	for _, c := range []struct {
		name string
		one  []byte
	}{
		{"2026", stamp(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))},
		{"2026, nanoseconds", stamp(time.Date(2026, 12, 1, 0, 0, 0, 1, time.UTC))},
		{"1969", stamp(time.Date(1969, 12, 1, 0, 0, 0, 0, time.UTC))},
		{"complex64", msgp.AppendComplex64(nil, 1i)},
	} {
		twice := append(msgp.AppendArrayHeader(nil, 2), append(c.one, c.one...)...)
		fromBytes, _, err := msgp.ReadIntfBytes(twice)
		if err != nil {
			panic(err)
		}
		fromStream, err := msgp.NewReader(bytes.NewReader(twice)).ReadIntf()
		if err != nil {
			panic(err)
		}
		fmt.Printf("%s, %d bytes, twice in a list:\n  bytes: %s\n  stream:%s\n", c.name, len(c.one), types(fromBytes), types(fromStream))
	}
}
GO
cat > want <<'WANT'
2026, 6 bytes, twice in a list:
  bytes:  time.Time *msgp.RawExtension
  stream: time.Time time.Time
2026, nanoseconds, 10 bytes, twice in a list:
  bytes:  time.Time *msgp.RawExtension
  stream: time.Time time.Time
1969, 15 bytes, twice in a list:
  bytes:  time.Time time.Time
  stream: time.Time time.Time
complex64, 10 bytes, twice in a list:
  bytes:  complex64 *msgp.RawExtension
  stream: complex64 complex64
WANT
CGO_ENABLED=0 GOFLAGS=-mod=mod go run . 2>log | tee got || { cat log >&2; exit 1; }
diff want got
