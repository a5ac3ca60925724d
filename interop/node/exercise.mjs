// What every stranger does with its session: each proof prints one line, and the first failure ends the process.
import assert from 'node:assert/strict';
import { once } from 'node:events';

/** The handlers that the Go side serves for every stranger, and, from REVERSE on, what strangers serve for it; see harness_test.go. */
export const ECHO = 1, RELAY = 2, COUNT = 3, REFUSE = 4, REVERSE = 5, MIRROR = 6;

const pattern = (size) => Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) & 255));
const said = (what) => console.log(`ok ${what}`);

export async function exercise(session) {
  assert.equal(String(await session.call(ECHO, Buffer.from('hello'))), 'hello');
  said('call');

  const large = pattern(1_500_000); // more than all chunks in flight, so that room has to come back in both directions
  assert.ok(large.equals(await session.call(ECHO, large)));
  said('large call');

  const many = await Promise.all(Array.from({ length: 100 }, (_, i) => session.call(ECHO, Buffer.from(`call ${i}`), { subroute: 'a/b' })));
  many.forEach((reply, i) => assert.equal(String(reply), `call ${i} under a/b`));
  said('calls at once under a subroute');

  await assert.rejects(session.call(REFUSE, Buffer.alloc(0)), { code: 'not_found', outcome: 'ran' });
  await assert.rejects(session.call(999, Buffer.alloc(0)), { code: 'unknown_handler', outcome: 'not sent' });
  said('errors');

  await stream(session);
  said('stream');

  const endless = await session.open(COUNT, Buffer.from('endless'));
  for await (const message of endless) if (String(message) === '1000') break;
  endless.cancel();
  assert.equal(String(await session.call(ECHO, Buffer.from('still here'))), 'still here');
  said('stream given up');
}

/** stream sends more than capacity and window hold at once, and among it a message in chunks. */
async function stream(session) {
  const relay = await session.open(RELAY, Buffer.from('first')), sent = [];
  for (let i = 0; i < 300; i++) sent.push(pattern(i === 150 ? 200_000 : 1000 + i));
  const sending = (async () => { for (const message of sent) await relay.send(message); relay.end(); })();
  const got = [];
  for await (const message of relay) got.push(message);
  await sending;
  assert.equal(String(got.shift()), 'first');
  assert.equal(got.length, sent.length);
  got.forEach((message, i) => assert.ok(message.equals(sent[i]), `message ${i}`));
}

/** main runs one stranger to its end: arguments from the environment, the session from make. */
export async function main(make) {
  const { GRID_NAME: name, GRID_TARGET: target, GRID_KEY: key, GRID_ADDRESS: address = '' } = process.env;
  const [host, port] = address.split(':');
  const session = await make({ name, target, key: Buffer.from(key), host, port: Number(port) });
  await exercise(session);
  console.log('done');
  await once(process.stdin.resume(), 'end'); // the Go side closes it when it has seen enough
  await session.close();
  process.exit(0);
}
