#!/usr/bin/env bash
# vmihailenco/msgpack 5.4.1, ugorji/go/codec 1.3.2 and hashicorp/go-msgpack 2.1.5: an unsigned
# integer of 2^63 or more that is read into a float64 is negative there, without
# an error: 2^64-1 is -1. A float holds such numbers, if rounded, and shamaton/msgpack 3.1.0 reads
# them so. Read into an int64 the same value is -1 in all four, although ugorji and hashicorp check
# smaller types and refuse 128 for an int8. Who reads counters of unknown size as float64
# to be safe gets negative ones.
#
# Seen with go1.26, December 2026; see `want` below.
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

require (
	github.com/hashicorp/go-msgpack/v2 v2.1.5
	github.com/shamaton/msgpack/v3 v3.1.0
	github.com/ugorji/go/codec v1.3.2
	github.com/vmihailenco/msgpack/v5 v5.4.1
)
MOD
cat > main.go <<'GO'
package main

import (
	"encoding/binary"
	"fmt"
	"math"

	hashicorp "github.com/hashicorp/go-msgpack/v2/codec"
	shamaton "github.com/shamaton/msgpack/v3"
	ugorji "github.com/ugorji/go/codec"
	vmihailenco "github.com/vmihailenco/msgpack/v5"
)

func uint64s(v uint64) []byte { return binary.BigEndian.AppendUint64([]byte{0xcf}, v) }

func main() {
	read := func(b []byte, into func() any, show func(any) string) {
		for _, lib := range []struct {
			name string
			read func(any) error
		}{
			{"vmihailenco", func(p any) error { return vmihailenco.Unmarshal(b, p) }},
			{"ugorji", func(p any) error { return ugorji.NewDecoderBytes(b, new(ugorji.MsgpackHandle)).Decode(p) }},
			{"hashicorp", func(p any) error { return hashicorp.NewDecoderBytes(b, new(hashicorp.MsgpackHandle)).Decode(p) }},
			{"shamaton", func(p any) error { return shamaton.Unmarshal(b, p) }},
		} {
			p := into()
			if err := lib.read(p); err != nil {
				fmt.Printf("  %-11s error\n", lib.name)
				continue
			}
			fmt.Printf("  %-11s %s\n", lib.name, show(p))
		}
	}
	for _, v := range []uint64{1 << 62, 1 << 63, math.MaxUint64} {
		fmt.Printf("%d into a float64:\n", v)
		read(uint64s(v), func() any { return new(float64) }, func(p any) string { return fmt.Sprintf("%.6g", *p.(*float64)) })
	}
	fmt.Println("18446744073709551615 into an int64:")
	read(uint64s(math.MaxUint64), func() any { return new(int64) }, func(p any) string { return fmt.Sprint(*p.(*int64)) })
	fmt.Println("128 into an int8:")
	read([]byte{0xcc, 128}, func() any { return new(int8) }, func(p any) string { return fmt.Sprint(*p.(*int8)) })
}
GO
cat > want <<'WANT'
4611686018427387904 into a float64:
  vmihailenco 4.61169e+18
  ugorji      4.61169e+18
  hashicorp   4.61169e+18
  shamaton    4.61169e+18
9223372036854775808 into a float64:
  vmihailenco -9.22337e+18
  ugorji      -9.22337e+18
  hashicorp   -9.22337e+18
  shamaton    9.22337e+18
18446744073709551615 into a float64:
  vmihailenco -1
  ugorji      -1
  hashicorp   -1
  shamaton    1.84467e+19
18446744073709551615 into an int64:
  vmihailenco -1
  ugorji      -1
  hashicorp   -1
  shamaton    -1
128 into an int8:
  vmihailenco -128
  ugorji      error
  hashicorp   error
  shamaton    -128
WANT
CGO_ENABLED=0 GOFLAGS=-mod=mod go run . 2>log | tee got || { cat log >&2; exit 1; }
diff want got
