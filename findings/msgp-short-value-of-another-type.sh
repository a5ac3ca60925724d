#!/usr/bin/env bash
# tinylib/msgp 1.6.5: readers of numbers compare how many bytes are left before they
# look at the first of them. A complete value of another type that happens to be short
# is so reported as cut: a document of one byte, true, read as a float64, is "too few
# bytes left", for which a caller that reads from a socket waits for more. With bytes
# behind it the same value is a type error. Integers and strings do it the other way
# round.
#
# Seen with go1.26, github.com/tinylib/msgp v1.6.5, November 2026; see `want` below.
#
# Needs Go and the module proxy. Ends with 1 if the behaviour has changed.
set -euo pipefail
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
	"errors"
	"fmt"

	"github.com/tinylib/msgp/msgp"
)

func main() {
	whole := msgp.AppendBool(nil, true)
	behind := append(msgp.AppendBool(nil, true), make([]byte, 32)...)
	for _, c := range []struct {
		name string
		read func([]byte) error
	}{
		{"float64", func(b []byte) error { _, _, err := msgp.ReadFloat64Bytes(b); return err }},
		{"float32", func(b []byte) error { _, _, err := msgp.ReadFloat32Bytes(b); return err }},
		{"time", func(b []byte) error { _, _, err := msgp.ReadTimeBytes(b); return err }},
		{"complex128", func(b []byte) error { _, _, err := msgp.ReadComplex128Bytes(b); return err }},
		{"int64", func(b []byte) error { _, _, err := msgp.ReadInt64Bytes(b); return err }},
		{"string", func(b []byte) error { _, _, err := msgp.ReadStringBytes(b); return err }},
	} {
		fmt.Printf("%-10s alone: short=%-5v more behind: short=%v\n", c.name,
			errors.Is(c.read(whole), msgp.ErrShortBytes), errors.Is(c.read(behind), msgp.ErrShortBytes))
	}
}
GO
cat > want <<'WANT'
float64    alone: short=true  more behind: short=false
float32    alone: short=true  more behind: short=false
time       alone: short=true  more behind: short=false
complex128 alone: short=true  more behind: short=false
int64      alone: short=false more behind: short=false
string     alone: short=false more behind: short=false
WANT
GOFLAGS=-mod=mod go run . 2>/dev/null | tee got
diff want got
