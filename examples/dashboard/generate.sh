#!/bin/sh
# Makes what the page loads: the stubs of dashboard.grid in JavaScript, and a bundle of the
# runtime in ts/, which needs Node, and `npm ci` in ts/ once. With --check it writes
# nothing, and fails where what is there is stale.
set -eu
cd "$(dirname "$0")"
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
check=
[ "${1:-}" != --check ] || check=--check
go run ../../cmd/gridc gen $check dashboard.grid
go run ../../cmd/gridc gen --lang ts --ts=js --out "$made" dashboard.grid
../../ts/node_modules/.bin/esbuild runtime=../../ts/src/index.ts codec=../../ts/src/codec/index.ts \
	--bundle --splitting --format=esm --minify --target=es2022 --legal-comments=none --chunk-names=shared \
	--log-level=warning --outdir="$made/gridc"
if [ -n "$check" ]; then
	cmp "$made/disks/disks_grid.js" page/disks_grid.js && diff -rq "$made/gridc" page/gridc && exit 0
	echo "page/ is stale: run examples/dashboard/generate.sh" >&2
	exit 1
fi
cp "$made/disks/disks_grid.js" page/disks_grid.js
cp "$made"/gridc/* page/gridc/
