#!/usr/bin/env bash
# vscode-languageserver-protocol 3.18.x: the entry for Node is exported as `…/node` alone.
# `…/node.js`, which was a file of the package and could be imported up to 3.17.5, is
# not exported any more, and the error names the exports map instead of the entry that
# there is. A client that moves between two minor versions does not load.
#
# Seen with Node 20, December 2026: see `want` below.
#
# Needs npm and node. Ends with 1 if the behaviour has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
for version in 3.17.5 3.18.5; do
	mkdir "$version"
	(cd "$version" && echo '{"private": true}' >package.json && npm install --silent --no-audit --no-fund "vscode-languageserver-protocol@$version" >/dev/null)
done
cat >try.cjs <<'JS'
for (const version of ['3.17.5', '3.18.5'])
  for (const entry of ['node', 'node.js']) {
    let seen = 'loads'
    try { require(require.resolve('vscode-languageserver-protocol/' + entry, { paths: [__dirname + '/' + version] })) }
    catch (e) { seen = e.code }
    console.log(version, entry, seen)
  }
JS
cat >want <<'WANT'
3.17.5 node loads
3.17.5 node.js loads
3.18.5 node loads
3.18.5 node.js ERR_PACKAGE_PATH_NOT_EXPORTED
WANT
node try.cjs | tee got
diff want got
