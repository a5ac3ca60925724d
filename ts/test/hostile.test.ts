// Whatever comes, the session closes with a reason, holds little, and comes back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GridError } from '../src/index.ts';
import { Acceptor, body, field, frame, frames, route } from './acceptor.ts';
import { bytes, chat, down, echo, input, output, servedStream, servedUnary, text } from './lab.ts';

const big = new Uint8Array(80_000);
const routes = [route(0, 1), route(1, 5, 1, 0, 64), route(2, 7, 1, 4, 4)];

// The frames, and what the close frame says. A browser cannot send 1002: 4002 stands for it.
const malformed: [string, Uint8Array[], RegExp][] = [
  ['a frame that is cut short', [body(1, 200, 1)], /goes past the end of its batch/],
  ['a length of more than 64 bits', [body(1), new Uint8Array(10).fill(255), body(1)], /varint of more than 64 bits/],
  ['a length that is cut short', [body(1), Uint8Array.of(128)], /cut short/],
  ['an unknown kind', [frame(99)], /unknown kind 99/],
  ['a call with id 0', [frame(1, 0, 0, 0, 0)], /a call with id 0/],
  ['a call with unknown flags', [frame(1, 1, 0, 0, 8)], /flags/],
  ['a call twice', [frame(1, 1, 0, 0, 0), frame(1, 1, 0, 0, 0)], /second call/],
  ['a payload that is too large for one frame', [frame(1, 1, 0, 0, 0, big)], /80000 bytes in one frame/],
  ['a large payload that is small', [frame(1, 1, 0, 0, 1, 100)], /announced as a large one/],
  ['metadata that is cut short', [frame(1, 1, 0, 0, 2, 9, 1)], /metadata/],
  ['metadata of too many pairs', [frame(1, 1, 0, 0, 2, 3, 9, 0, 0)], /metadata|cut short/],
  ['metadata that is too long', [frame(1, 1, 0, 0, 2, 9000, new Uint8Array(9000))], /metadata/],
  ['a reply with unknown flags', [frame(2, 1, 4)], /flags/],
  ['a failure with an unknown outcome', [frame(3, 1, 1, 'x', 'y')], /outcome/],
  ['a failure that is cut short', [frame(3, 1, 2, 9)], /cut short/],
  ['a stream of the wrong parity', [frame(4, 1, 0, 0, 0, 0)], /stream of the acceptor/],
  ['a stream that goes back', [frame(4, 4, 0, 0, 0, 0), frame(4, 2, 0, 0, 0, 0)], /stream of the acceptor/],
  ['a message for no stream', [frame(5, 7, 0)], /never opened/],
  ['an end for no stream', [frame(6, 2, 0)], /never opened/],
  ['credit for no stream', [frame(8, 3, 9, 1, 1)], /never opened/],
  ['a reset of a reply', [frame(7, 2, 1, 'x')], /reset of the target 2/],
  ['credit for an unknown target', [frame(8, 9, 1, 1, 1)], /target 9/],
  ['too much room for chunks', [frame(8, 0, 0, 0, 65 << 20)], /window of chunks/],
  ['an empty chunk', [frame(9, 1, 1)], /empty chunk/],
  ['a chunk of no target', [frame(9, 0, 1, 1)], /chunk of the target 0/],
  ['a route out of bounds', [frame(13, 0, route(9, 70_000))], /outside of its bounds/],
  ['a route with a long subroute', [frame(13, 0, route(9, 9, 0, 0, 0, 'x'.repeat(5000)))], /outside of its bounds/],
  ['a shape that was not asked for', [frame(14, 2, 1)], /not asked for/],
  ['a shape of no handler', [frame(14, 0, 0)], /shape of the handler 0/],
];

for (const [name, sent, reason] of malformed) {
  test(`${name} closes the session`, async (t) => {
    const a = new Acceptor(t);
    await a.ready(...routes);
    a.session.serve(servedUnary(1, 'wait'), { wait: () => new Promise(() => undefined) });
    const pending = a.session.caller.call(echo, bytes('x'));
    a.send(...sent);
    await assert.rejects(pending, { code: 'disconnected' });
    const closed = await a.close();
    assert.match(closed, /^4002 /);
    assert.match(closed, reason);
    assert.match(a.session.state.error!.text, reason);
  });
}

test('what is unknown and may be ignored is', async (t) => {
  const a = new Acceptor(t);
  await a.ready(...routes);
  const call = a.session.caller.call(echo, bytes('x'));
  const made = frames(await a.message(4))[0]!;
  a.send(frame(99 | 128, 1, 2, 3), frame(2, 4711, 0, 1), frame(7, 1, 99, 'x'), frame(8, 5, 77, 0, 0), frame(11, 3), frame(9, 2, 77, 1, 1));
  a.send(); // a batch without frames
  a.send(frame(2, made.r.id(), 0, bytes('y')));
  assert.equal(text(await call), 'y');
});

test('a ping with any number is answered with it', async (t) => {
  const a = new Acceptor(t);
  await a.ready();
  a.send(frame(10, 2n ** 64n - 1n));
  const [pong] = frames(await a.message(4));
  assert.equal(pong!.kind, 11);
  assert.equal(pong!.r.id(), 2n ** 64n - 1n);
});

test('messages beyond the credit of a stream close the session', async (t) => {
  const a = new Acceptor(t);
  await a.ready(...routes);
  const stream = a.session.caller.open({ ...down, out: 2 }, bytes(''));
  await a.message(4);
  a.send(frame(5, 1, 0, bytes('a')), frame(5, 1, 0, bytes('b')), frame(5, 1, 0, bytes('c')));
  assert.match(await a.close(), /without credit/);
  assert.equal(text((await stream.next()).value!), 'a');
  assert.equal(text((await stream.next()).value!), 'b');
  await assert.rejects(stream.next(), { code: 'disconnected' });
});

test('messages beyond the window of a stream close the session', async (t) => {
  const a = new Acceptor(t, { limits: { streamWindow: 1000 } });
  await a.ready(...routes);
  void a.session.caller.open(down, bytes(''));
  await a.message(4);
  a.send(frame(5, 1, 0, new Uint8Array(1000)), frame(5, 1, 0, bytes('b')));
  assert.match(await a.close(), /window that is not open/);
});

test('a message behind a large one, and after the end', async (t) => {
  const a = new Acceptor(t);
  await a.ready(...routes);
  void a.session.caller.open(down, bytes(''));
  await a.message(4);
  a.send(frame(5, 1, 1, 100_000), frame(5, 1, 0, bytes('b')));
  assert.match(await a.close(), /behind a large one/);
});

test('credit of more than a stream may have', async (t) => {
  const a = new Acceptor(t);
  await a.ready(...routes);
  void a.session.caller.open(chat, undefined);
  await a.message(4);
  a.send(frame(8, 3, 1, 65_535, 0), frame(8, 3, 1, 65_535, 0), frame(8, 3, 1, 65_535, 0));
  assert.match(await a.close(), /credit of more/);
});

test('chunks before their grant, past their size and past their window', async (t) => {
  for (const [chunks, reason] of [
    [[frame(9, 2, 1, new Uint8Array(65_536)), frame(9, 2, 1, new Uint8Array(65_536))], /past the size/],
    [Array.from({ length: 40 }, () => frame(9, 1, 99, new Uint8Array(65_536))), /past their window/],
  ] as const) {
    const a = new Acceptor(t);
    await a.ready(...routes);
    void a.session.caller.call(echo, bytes('')).catch(() => undefined);
    await a.message(4);
    a.send(frame(2, 1, 1, 100_000));
    a.buffered = 1 << 30; // the session can return no room
    for (const chunk of chunks) a.send(chunk);
    assert.match(await a.close(), reason);
  }
});

test('a flood of calls that nobody answers is refused, and holds little', async (t) => {
  const a = new Acceptor(t, { limits: { runningCalls: 10 } });
  a.session.serve(servedUnary(1, 'wait'), { wait: () => new Promise(() => undefined) });
  await a.ready();
  for (let i = 1; i <= 20_000; i++) a.send(frame(1, i, 0, 0, 0));
  await a.until(() => a.sent.slice(3).reduce((n, b) => n + frames(b).length, 0) === 19_990);
  const first = frames(a.sent[3]!)[0]!;
  assert.deepEqual([first.kind, first.r.id(), first.r.uint(), first.r.string()], [3, 11, 2, 'resource_exhausted']);
  assert.ok(a.sent.every((b) => b.length <= 65_536));
});

test('a peer that asks and does not read is closed', async (t) => {
  const a = new Acceptor(t);
  await a.ready();
  a.buffered = 1 << 30;
  for (let i = 0; i < 2000 && !a.closed; i++) a.send(frame(14, 0, 1));
  assert.match(await a.close(), /more than 1024 answers/);
  const b = new Acceptor(t, { limits: { owedRefusals: 500 } });
  await b.ready();
  b.buffered = 1 << 30;
  for (let i = 1; i < 2000 && !b.closed; i++) b.send(frame(1, i, 9, 0, 0));
  assert.match(await b.close(), /more than 500 refusals/);
});

test('large messages are granted within bounds', async (t) => {
  const a = new Acceptor(t, { limits: { reassembly: 1 << 20, message: 1 << 20 } });
  a.session.serve(servedUnary(1, 'x'), { x: () => bytes('') });
  await a.ready();
  for (let i = 1; i <= 5; i++) a.send(frame(1, i, 0, 0, 1, 400_000));
  a.send(frame(1, 6, 0, 0, 1, 2 << 20));
  await a.message(4);
  const all = a.sent.slice(3).flatMap(frames);
  assert.deepEqual(all.filter((f) => f.kind === 8).map((f) => [f.r.uint(), f.r.id()]), [[5, 1], [5, 2]]);
  assert.deepEqual(all.filter((f) => f.kind === 3).map((f) => [f.r.id(), f.r.uint(), f.r.string()]), [[6, 2, 'too_large']]);
});

test('large messages of streams that nobody reads wait, and hold up no call', async (t) => {
  const a = new Acceptor(t, { limits: { unread: 1 << 20, message: 1 << 20 } });
  await a.ready(...routes);
  const streams = [1, 2, 3].map(() => a.session.caller.open(down, bytes('')));
  void a.session.caller.call(echo, bytes('')).catch(() => undefined);
  await a.message(4);
  for (const id of [1, 3, 5]) a.send(frame(5, id, 1, 700_000));
  a.send(frame(2, 1, 1, 700_000));
  const granted = (): number[][] => a.sent.slice(4).flatMap(frames).filter((f) => f.kind === 8).map((f) => [f.r.uint(), f.r.uint()]);
  await a.until(() => granted().length >= 2);
  assert.deepEqual(granted(), [[7, 1], [6, 1]]);
  streams[2]!.next().catch(() => undefined); // who reads goes on, whoever came before
  await a.until(() => granted().length >= 3);
  assert.deepEqual(granted()[2], [7, 5]);
});

test('a handshake that breaks the rules is refused with a reason', async (t) => {
  const text = (s: string): Uint8Array => new TextEncoder().encode(s);
  const cases: [Uint8Array[], RegExp][] = [
    [[Uint8Array.of(9)], /kind 9 where 1 was due/],
    [[new Uint8Array(9000).fill(1)], /more than 8192/],
    [[body(1, field(2, text('node')))], /no name or no version/],
    [[body(1, 2, 200)], /cut short/],
    [[body(1, field(1, 1, 1), field(2, text('other')), field(3, text('page')))], /"other", and "node" was wanted/],
    [[body(4, 'permission_denied', 'not today')], /not today/],
  ];
  for (const [sent, reason] of cases) {
    const a = new Acceptor(t);
    await a.message(1);
    a.send(...sent);
    await assert.rejects(a.session.ready({ timeout: 300 }));
    assert.match(a.session.state.error!.text, reason);
  }
  const versions = new Acceptor(t);
  await versions.message(1);
  versions.send(versions.hello(field(1, 2, 3)));
  assert.match(await versions.close(), /4008 .*version 1/);
  for (const [more, reason] of [[field(7, text('tls')), /proves itself by "tls"/], [field(11, 100), /room for chunks/], [field(8, text('x')), /checksums/]] as const) {
    const a = new Acceptor(t);
    await a.message(1);
    a.send(a.hello(more));
    assert.match(await a.close(), reason);
    assert.equal(a.session.state.phase === 'connecting' || a.session.state.phase === 'refused', true);
  }
});

test('a handshake that nobody answers is given up', async (t) => {
  const a = new Acceptor(t, { limits: { handshake: 50 } });
  await a.message(1);
  assert.match(await a.close(), /4008 .*too long/);
});

test('a dead peer is noticed', async (t) => {
  const a = new Acceptor(t, { limits: { pingInterval: 40 } });
  await a.ready(...routes);
  const pending = a.session.caller.call(echo, bytes(''));
  await assert.rejects(pending, (e: GridError) => e.code === 'disconnected' && e.outcome === 'may have run');
  assert.ok(a.sent.slice(3).flatMap(frames).some((f) => f.kind === 10));
  assert.match(await a.close(), /4001 nothing was heard/);
});

test('a stream that its server resets is not complete', async (t) => {
  const a = new Acceptor(t);
  await a.ready(...routes);
  const stream = a.session.caller.open(down, bytes(''));
  await a.message(4);
  a.send(frame(5, 1, 0, bytes('a')), frame(7, 3, 1, 'internal'));
  assert.equal(text((await stream.next()).value!), 'a');
  await assert.rejects(stream.next(), (e: GridError) => e.code === 'internal' && e.outcome === 'may have run');
});

test('calls that were not written when the goaway came were not sent', async (t) => {
  const a = new Acceptor(t);
  await a.ready(...routes);
  a.buffered = 1 << 30;
  const call = a.session.caller.call(echo, bytes('')), stream = a.session.caller.open(down, bytes(''));
  a.send(frame(12, 'bye'));
  await assert.rejects(call, (e: GridError) => e.code === 'unavailable' && e.outcome === 'not sent');
  await assert.rejects(stream.next(), (e: GridError) => e.code === 'unavailable' && e.outcome === 'not sent');
  assert.equal(a.session.state.phase, 'leaving');
});

test('a large call whose chunks were not all written was not sent', async (t) => {
  const a = new Acceptor(t);
  await a.ready(...routes);
  const call = a.session.caller.call(echo, new Uint8Array(1 << 20));
  const [made] = frames(await a.message(4));
  a.send(frame(8, 5, made!.r.id(), 0, 0));
  await a.message(5);
  assert.ok(a.sent.slice(4).flatMap(frames).filter((f) => f.kind === 9).length > 0);
  assert.ok(a.sent.every((b) => b.length <= 65_536));
  a.send(frame(99));
  await assert.rejects(call, (e: GridError) => e.code === 'disconnected' && e.outcome === 'not sent');
});

test('an open stream of the peer is bounded, too', async (t) => {
  const a = new Acceptor(t, { limits: { openStreams: 2 } });
  a.session.serve(servedStream(1, 'wait', { ...input, ...output }), { async *wait() { await new Promise(() => undefined); } });
  await a.ready();
  for (const id of [2, 4, 6]) a.send(frame(4, id, 0, 0, 5, 0));
  const [end] = frames(await a.message(4));
  assert.deepEqual([end!.kind, end!.r.uint(), end!.r.uint(), end!.r.uint(), end!.r.string()], [6, 6, 1, 2, 'resource_exhausted']);
  a.send(frame(6, 2, 1, 4, 'x', 'y'));
  assert.match(await a.close(), /end with a failure from the client/);
});

test('a session that serves nothing refuses what is called and opened', async (t) => {
  const node = new Acceptor(t);
  await node.ready();
  node.send(frame(1, 7, 0, 0, 0), frame(4, 2, 0, 0, 1, 0));
  const all = frames(await node.message(4)).map(({ kind, r }) => [kind, r.uint(), ...(kind === 6 ? [r.uint()] : []), r.uint(), r.string(), r.string()]);
  assert.deepEqual(all, [[3, 7, 2, 'unknown_handler', 'nothing is served here'], [6, 2, 1, 2, 'unknown_handler', 'nothing is served here']]);

  node.session.serve(servedUnary(1, 'late'), { late: () => bytes('served') }); // from now on
  await node.message(5);
  node.send(frame(1, 8, 0, 0, 0));
  const [reply] = frames(await node.message(6));
  assert.deepEqual([reply!.kind, reply!.r.uint(), reply!.r.uint(), text(reply!.r.rest())], [2, 8, 0, 'served']);
});

test('a stream that waits is opened again where a node that leaves refused it', async (t) => {
  const a = new Acceptor(t, { waitForReady: true, limits: { backoffMin: 1 } });
  await a.ready(...routes);
  const stream = a.session.caller.open(chat, undefined), sent = stream.send(bytes('first')), answer = stream.next();
  const opened = frames(await a.message(4)), asked = frames(await a.message(5));
  assert.deepEqual([opened.map((f) => f.kind), asked.map((f) => f.kind)], [[4], [10]]); // the message waits for the pong
  a.send(frame(12, 'bye'), frame(6, opened[0]!.r.uint(), 1, 2, 'unavailable', 'shutting down'), frame(11, asked[0]!.r.uint()));
  assert.equal(a.session.state.phase, 'leaving');

  const n = a.sent.length;
  a.socket!.onclose?.({ code: 1000, reason: 'shut down' });
  await a.message(n + 1);
  a.send(a.hello());
  a.send(body(2));
  await a.message(n + 2);
  a.send(body(3));
  a.send(frame(13, 0, ...routes));
  const kinds = async (): Promise<number[]> => frames(await a.message(a.sent.length)).map((f) => f.kind);
  await a.until(() => a.sent.length >= n + 5);
  const [ping] = frames(a.sent[n + 4]!), [again] = frames(a.sent[n + 3]!), id = again!.r.uint();
  assert.deepEqual([again!.kind, ping!.kind], [4, 10]);
  a.send(frame(11, ping!.r.uint()));
  await sent;
  await a.until(() => a.sent.length >= n + 6);
  assert.deepEqual(await kinds(), [5]);
  a.send(frame(5, id, 0, bytes('answer')), frame(6, id, 0));
  assert.equal(text((await answer).value!), 'answer');
  assert.equal((await stream.next()).done, true);
});

test('a stream that was taken is not opened again, nor one that does not wait', async (t) => {
  const a = new Acceptor(t);
  await a.ready(...routes);
  const refused = a.session.caller.open(chat, undefined);
  const [opened] = frames(await a.message(4));
  a.send(frame(12, 'bye'), frame(6, opened!.r.uint(), 1, 2, 'unavailable', 'shutting down'));
  await assert.rejects(refused.next(), (e: GridError) => e.code === 'unavailable' && e.outcome === 'rejected');

  const b = new Acceptor(t, { waitForReady: true });
  await b.ready(...routes);
  const taken = b.session.caller.open(chat, undefined);
  const [open] = frames(await b.message(4)), [ping] = frames(await b.message(5));
  b.send(frame(11, ping!.r.uint()));
  await taken.send(bytes('x'));
  b.socket!.onclose?.({ code: 1006, reason: '' });
  await assert.rejects(taken.next(), (e: GridError) => e.code === 'disconnected' && e.outcome === 'may have run');
  assert.equal(open!.kind, 4);
});
