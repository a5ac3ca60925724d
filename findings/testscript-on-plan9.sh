#!/usr/bin/env bash
# rogpeppe/go-internal 1.16.0: the package testscript does not build for Plan 9, which
# it names nowhere, while its neighbours txtar and diff do. So a tool that is
# meant to run there can be built, but not tested, with it.
#
# Seen with go1.26: "undefined: syscall.SIGQUIT", November 2026.
#
# Needs Go and the module proxy. Ends with 1 if the behaviour has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
cat > go.mod <<'MOD'
module finding

go 1.26

require github.com/rogpeppe/go-internal v1.16.0
MOD
cat > main.go <<'GO'
package main

import (
	_ "github.com/rogpeppe/go-internal/diff"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/rogpeppe/go-internal/txtar"
)

func main() {}
GO
export GOFLAGS=-mod=mod CGO_ENABLED=0
go mod tidy 2>/dev/null
build() { GOOS=$1 go build "github.com/rogpeppe/go-internal/$2" >"log-$1-$2" 2>&1 && echo "$1 $2 builds" || echo "$1 $2 does not build"; }
{
	build linux testscript
	build windows testscript
	build plan9 testscript
	build plan9 txtar
	build plan9 diff
} | tee got
cat > want <<'WANT'
linux testscript builds
windows testscript builds
plan9 testscript does not build
plan9 txtar builds
plan9 diff builds
WANT
diff want got
grep -q 'undefined: syscall.SIGQUIT' log-plan9-testscript
