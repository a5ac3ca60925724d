// Calls a Go node by what was generated of docs/kv/kv.grid, and serves the same to it.
//
//	node kv.mjs URL WS
//
// URL is the node's, WS the module of the npm package ws. It says "called" when all its calls went as they should, and ends when
// its standard input does.
import assert from 'node:assert/strict';
import { connect } from '@gridc/runtime';
import { KVClient, KVServer, NotFound } from './kv/kv_grid.js';

const { WebSocket } = await import(process.argv[3]);
const session = connect({ url: process.argv[2], name: 'page', node: 'node', WebSocket: globalThis.WebSocket ?? WebSocket });

const values = new Map([['here', 'in the page']]);
session.serve(KVServer, {
  get({ name }) {
    const value = values.get(name);
    if (value === undefined) throw new NotFound({ key: name });
    return { key: name, value };
  },
  put({ key, value }) {
    values.set(key, value);
  },
  async *watch({ prefix }) {
    for (const [key, value] of values) if (key.startsWith(prefix)) yield { key, value };
  },
  async load(input) {
    let count = 0;
    for await (const { key, value } of input) {
      values.set(key, value);
      count++;
    }
    return { count };
  },
  async *lookup(input) {
    for await (const { name } of input) yield { key: name, value: values.get(name) };
  },
});
await session.ready();

const kv = new KVClient(session.caller);
await kv.put({ key: 'a', value: '1' });
assert.deepEqual(await kv.get({ name: 'a' }), { key: 'a', value: '1' });
await assert.rejects(kv.get({ name: 'nowhere' }), (error) => {
  assert.ok(error instanceof NotFound);
  assert.deepEqual(error.fields, { key: 'nowhere' });
  assert.equal(error.outcome, 'ran');
  assert.ok(error.remote);
  return true;
});
await assert.rejects(kv.get({ name: 'x'.repeat(257) }), /kv\.Key field 1: over the limit: 257 bytes or more, at most 256/);
const upload = kv.load();
assert.deepEqual(await upload.sendAll([{ key: 'b', value: '2' }, { key: 'c' }]), { count: 2n });
const seen = [];
for await (const entry of kv.watch({})) seen.push(`${entry.key}=${entry.value}`);
assert.deepEqual(seen.sort(), ['a=1', 'b=2', 'c=']);
const lookup = kv.lookup();
const sent = lookup.sendAll([{ name: 'b' }, { name: 'z' }]);
const found = [];
for await (const entry of lookup) found.push(entry);
await sent;
assert.deepEqual(found, [{ key: 'b', value: '2' }, { key: 'z', value: '' }]);

console.log('called');
for await (const _ of process.stdin);
await session.close();
