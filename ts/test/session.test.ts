import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { GridError, type SessionState, connect, uniqueName } from '../src/index.ts';
import { Acceptor } from './acceptor.ts';
import { WebSocket, bytes, dial, down, echo, servedUnary, slow, startNode, text } from './lab.ts';

const quick = { backoffMin: 20, backoffMax: 200 };

test('a connection that is lost comes back, and says so', async (t) => {
  const node = await startNode(t), phases: string[] = [], session = dial(t, node, { limits: quick });
  session.serve(servedUnary(1, 'shout'), { shout: (b: Uint8Array) => bytes(text(b).toUpperCase()) });
  session.watch(({ phase }: SessionState) => phases.at(-1) !== phase && phases.push(phase));
  await session.ready();
  const doubtful = session.caller.call(slow, bytes('')), stream = session.caller.open(down, bytes('1000000 1000'));
  await node.line('slow began');
  await stream.next();
  node.command('cut');
  await assert.rejects(doubtful, (e: GridError) => e.code === 'disconnected' && e.outcome === 'may have run' && !e.remote);
  await assert.rejects(async () => { for await (const _ of stream); }, { code: 'disconnected' });
  await assert.rejects(session.caller.call(echo, bytes('')), (e: GridError) => e.code === 'disconnected' && e.outcome === 'not sent');
  assert.equal(text(await session.caller.call(echo, bytes('back'), { waitForReady: true })), 'back');
  assert.deepEqual(phases, ['connecting', 'connected', 'connecting', 'connected']);
  assert.equal(await node.ask('call', 1, 'hello'), 'HELLO');
  let n = 0;
  const waiting = [1, 2, 3].map(() => session.caller.open(down, bytes('5 10'), { waitForReady: true }));
  for (const s of waiting) for await (const _ of s) n++;
  assert.equal(n, 15);
});

test('an idempotent call is made again where the connection was lost', async (t) => {
  const node = await startNode(t), session = dial(t, node, { limits: quick });
  await session.ready();
  const again = session.caller.call({ ...slow, idempotent: true }, bytes(''), { timeout: 5000 });
  again.catch(() => undefined);
  await node.line('slow began');
  node.command('cut');
  await node.line('slow began');
  await assert.rejects(again, { code: 'deadline_exceeded' });
});

test('a node that shuts down refuses nobody in doubt, and its successor is found', async (t) => {
  const node = await startNode(t), session = dial(t, node, { limits: quick });
  session.serve(servedUnary(1, 'x'), { x: () => bytes('x') });
  await session.ready();
  const phases: string[] = [];
  session.watch(({ phase }: SessionState) => phases.at(-1) !== phase && phases.push(phase));
  let over = false;
  const results = (async () => {
    let failed = 0, made = 0;
    while (!over) {
      await session.caller.call(echo, bytes('x'), { waitForReady: true, timeout: 10_000 }).then(() => made++, () => failed++);
    }
    return { failed, made };
  })();
  node.command('shutdown');
  assert.equal(await node.line('shut'), '<nil>');
  const next = await startNode(t, '-listen', `127.0.0.1:${node.port}`);
  await session.caller.call(echo, bytes(''), { waitForReady: true });
  over = true;
  const { failed, made } = await results;
  assert.equal(failed, 0);
  assert.ok(made > 0);
  assert.ok(phases.includes('leaving'), phases.join());
  assert.equal(await next.ask('call', 1), 'x');
});

test('a planned end leaves nothing in doubt', async (t) => {
  const node = await startNode(t), session = dial(t, node);
  let served = 0, begin: () => void = () => undefined;
  const began = new Promise<void>((resolve) => (begin = resolve));
  session.serve(servedUnary(1, 'late'), { late: async () => (begin(), await new Promise((r) => setTimeout(r, 200)), served++, bytes('done')) });
  await session.ready();
  const calls = Array.from({ length: 50 }, (_, i) => session.caller.call(echo, bytes(`${i}`)));
  const asked = node.ask('call', 1);
  await began;
  await session.close({ timeout: 20_000 });
  assert.deepEqual((await Promise.all(calls)).map(text), Array.from({ length: 50 }, (_, i) => `${i}`));
  assert.equal(await asked, 'done');
  assert.equal(served, 1);
  assert.equal(session.state.phase, 'closed');
  await assert.rejects(session.caller.call(echo, bytes('')), (e: GridError) => e.outcome === 'not sent');
  await assert.rejects(session.caller.call(echo, bytes(''), { waitForReady: true }), (e: GridError) => e.outcome === 'not sent');
});

test('what does not end in time is cut', async (t) => {
  const node = await startNode(t), session = dial(t, node);
  await session.ready();
  const never = session.caller.call(slow, bytes(''));
  never.catch(() => undefined);
  await node.line('slow began');
  await session.close({ timeout: 50 });
  await assert.rejects(never, (e: GridError) => e.code === 'disconnected' && e.outcome === 'may have run');
});

test('a shared key proves both ends', async (t) => {
  const node = await startNode(t, '-key', '0123456789abcdef');
  const session = dial(t, node, { key: bytes('0123456789abcdef') });
  await session.ready();
  assert.equal(text(await session.caller.call(echo, bytes('x'))), 'x');
  await assert.rejects(dial(t, node, { name: 'b.guest', key: bytes('fedcba9876543210') }).ready(), (e: GridError) => {
    assert.match(e.message, /refuses this end: wrong key|refuses this end/);
    return e.outcome === 'not sent';
  });
});

test('a refusal is shown with its reason', async (t) => {
  const node = await startNode(t), why = async (options: object): Promise<string> => {
    const session = dial(t, node, options);
    await assert.rejects(session.ready({ timeout: 3000 }));
    return `${session.state.phase}: ${session.state.error!.text}`;
  };
  assert.match(await why({ name: 'stranger' }), /^refused: .*peer/);
  assert.match(await why({ node: 'other' }), /^refused: /);
  assert.match(await why({ name: 'node' }), /^refused: /);
  assert.match(await why({ token: 'secret' }), /^refused: /);
  assert.match(await why({ url: node.url.replace('/grid/v1', '/elsewhere') }), /^connecting: the WebSocket to .* could not be opened: /);
  assert.match(await why({ url: 'ws://127.0.0.1:1/grid/v1' }), /^connecting: the WebSocket to .* could not be opened: /);
  const early = dial(t, node, { name: 'stranger' });
  await assert.rejects(early.caller.call(echo, bytes(''), { waitForReady: true, timeout: 5000 }), /refuses this end/);
});

test('a server that is no grid', async (t) => {
  const server = createServer((_, response) => response.writeHead(403).end('no'));
  server.listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((r) => server.on('listening', r));
  const session = dial(t, { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/grid/v1` });
  await assert.rejects(session.ready({ timeout: 500 }), (e: GridError) => {
    assert.match(e.text, /could not be opened/);
    return e.code === 'deadline_exceeded';
  });
});

test('a guest is told its name, calls what guests may, and is called', async (t) => {
  const node = await startNode(t), url = node.url.replace('/v1', '/guest');
  const session = connect({ url, token: async () => 'token of ann', WebSocket, limits: quick });
  t.after(() => session.close({ timeout: 0 }));
  session.serve(servedUnary(1, 'shout'), { shout: (b: Uint8Array) => bytes(text(b).toUpperCase()) });
  await session.ready({ timeout: 5000 });
  assert.match(session.name, /^[a-z2-7]{10}\.ann$/);
  assert.equal(text(await session.caller.call(echo, bytes('x'))), 'x');
  await assert.rejects(session.caller.call(slow, bytes('')), (e: GridError) => e.code === 'unknown_handler' && e.outcome === 'not sent');
  assert.equal(await node.ask('guest', 1, 'hello'), `${session.name} HELLO`);
  const { name } = session;
  node.command('cut');
  await new Promise<void>((resolve) => void session.watch(({ phase }: SessionState) => phase === 'connecting' && resolve()));
  assert.equal(text(await session.caller.call(echo, bytes('back'), { waitForReady: true, timeout: 5000 })), 'back');
  assert.equal(session.name, name);
});

test('a session that is closed while its token is fetched does not dial any more', async (t) => {
  let give: (token: string) => void = () => undefined, asked: () => void = () => undefined;
  const token = new Promise<string>((resolve) => (give = resolve)), begun = new Promise<void>((resolve) => (asked = resolve));
  const node = new Acceptor(t, { token: () => (asked(), token) });
  await begun;
  await node.session.close();
  give('late');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(node.socket, undefined);
});

test('a session that is closed during its handshake closes the socket', async (t) => {
  const node = new Acceptor(t);
  await node.message(1);
  await node.session.close();
  assert.equal(await node.close(), '4008 the session was closed here');
});

test('a guest is refused with a reason that can be shown', async (t) => {
  const node = await startNode(t), url = node.url.replace('/v1', '/guest');
  for (const [options, reason] of [
    [{ token: 'stolen' }, /this token is unknown: sign in again/],
    [{}, /this token is unknown/],
    [{ token: 'token of ann', node: 'other' }, /other/],
    [{ token: async () => { throw new Error('the cellar is locked'); } }, /the cellar is locked/],
  ] as const) {
    const session = connect({ url, WebSocket, limits: quick, ...options });
    t.after(() => session.close({ timeout: 0 }));
    await assert.rejects(session.ready({ timeout: 2000 }), reason);
  }
});

test('wrong options are told at once', () => {
  assert.throws(() => connect({ url: 'http://x', name: 'a', node: 'b', WebSocket }), /url must begin with ws:/);
  assert.throws(() => connect({ url: 'ws://x', name: 'a', WebSocket }), /node is missing/);
  assert.throws(() => connect({ url: 'ws://x', key: bytes('k'), WebSocket }), /name is missing/);
  assert.throws(() => connect({ url: 'ws://x', name: '', node: 'b', WebSocket }), /name must have 1 to 255 bytes/);
  assert.throws(() => connect({ url: 'ws://x', name: 'a', node: 'b', WebSocket, token: 't', key: bytes('k') }), /give one/);
  assert.match(uniqueName('tab'), /^[a-z2-7]{10}\.tab$/);
});
