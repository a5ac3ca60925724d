#!/usr/bin/env bash
# @msgpack/msgpack 3.1.3, msgpackr 2.1.4, notepack.io 3.0.1 and @ygoe/msgpack 1.0.3: a timestamp with
# nanoseconds becomes a Date, which has milliseconds. The rest is cut off, except within
# the last 122 ns of a millisecond, where it is rounded up: the sum of milliseconds is a
# double before Date cuts it, and doubles of today are 244 ns apart. So the last 100 ns
# of 2026 are in 2027, although 200 ns before the end is still 2026. Near 1970, where tests often
# look, doubles are finer and nothing is rounded. Readers that cut, as Go's Truncate
# does, have another day, month and year for the same bytes.
#
# Seen with Node 20, December 2026: see `want` below.
#
# Needs npm and node. Ends with 1 if the behaviour has changed, with 2 without them.
set -euo pipefail
command -v npm >/dev/null && command -v node >/dev/null || { echo "needs npm and node" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private": true, "type": "module"}' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts --omit=optional @msgpack/msgpack@3.1.3 msgpackr@2.1.4 notepack.io@3.0.1 @ygoe/msgpack@1.0.3 >/dev/null
cat >try.mjs <<'JS'
import { decode } from '@msgpack/msgpack'
import { unpack } from 'msgpackr'
import notepack from 'notepack.io'
import * as ygoe from '@ygoe/msgpack'

/** The bytes of a timestamp in 64 bits. */
function timestamp(second, nanos) {
  const b = Buffer.alloc(10)
  b.writeUInt16BE(0xd7ff)
  b.writeBigUInt64BE((BigInt(nanos) << 34n) | BigInt(Date.parse(second) / 1000), 2)
  return b
}

const readers = {
  '@msgpack/msgpack': decode,
  msgpackr: unpack,
  'notepack.io': notepack.decode,
  '@ygoe/msgpack': (ygoe.default ?? ygoe).deserialize,
}
for (const [second, nanos] of [['2026-12-31T23:59:59Z', 999_999_800], ['2026-12-31T23:59:59Z', 999_999_900], ['1970-12-31T23:59:59Z', 999_999_900]]) {
  console.log(`${second.slice(0, -1)}.${nanos}Z`)
  for (const [name, read] of Object.entries(readers)) console.log(' ', name.padEnd(16), read(timestamp(second, nanos)).toISOString())
}
JS
cat >want <<'WANT'
2026-12-31T23:59:59.999999800Z
  @msgpack/msgpack 2026-12-31T23:59:59.999Z
  msgpackr         2026-12-31T23:59:59.999Z
  notepack.io      2026-12-31T23:59:59.999Z
  @ygoe/msgpack    2026-12-31T23:59:59.999Z
2026-12-31T23:59:59.999999900Z
  @msgpack/msgpack 2027-01-01T00:00:00.000Z
  msgpackr         2027-01-01T00:00:00.000Z
  notepack.io      2027-01-01T00:00:00.000Z
  @ygoe/msgpack    2027-01-01T00:00:00.000Z
1970-12-31T23:59:59.999999900Z
  @msgpack/msgpack 1970-12-31T23:59:59.999Z
  msgpackr         1970-12-31T23:59:59.999Z
  notepack.io      1970-12-31T23:59:59.999Z
  @ygoe/msgpack    1970-12-31T23:59:59.999Z
WANT
node try.mjs | tee got
diff want got
