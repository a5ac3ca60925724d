#!/bin/sh
# Makes what the page loads: the stubs of dashboard.grid in JavaScript, and a bundle of the
# runtime in ts/, which needs Node, and `npm ci` in ts/ once.
set -eu
cd "$(dirname "$0")"
go run ../../cmd/gridc gen dashboard.grid
stubs=$(mktemp -d)
trap 'rm -rf "$stubs"' EXIT
go run ../../cmd/gridc gen --lang ts --ts=js --out "$stubs" dashboard.grid
cp "$stubs/disks/disks_grid.js" page/disks_grid.js
../../ts/node_modules/.bin/esbuild runtime=../../ts/src/index.ts codec=../../ts/src/codec/index.ts \
	--bundle --splitting --format=esm --minify --target=es2022 --legal-comments=none --chunk-names=shared \
	--log-level=warning --outdir=page/gridc
