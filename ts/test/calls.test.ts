import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as codec from '../src/codec/index.ts';
import { GridError, type UnaryMethod } from '../src/index.ts';
import { back, bytes, dial, echo, fail, meta, servedUnary, slow, startNode, text, unary } from './lab.ts';

test('a call is answered', async (t) => {
  const session = dial(t, await startNode(t));
  await session.ready();
  assert.equal(text(await session.caller.call(echo, bytes('hello'))), 'hello');
  assert.equal((await session.caller.call(echo, bytes(''))).length, 0);
  assert.equal(text(await session.caller.subroute('a').subroute('b').call(echo, bytes('x'))), 'sub x');
});

test('payloads of every size that is framed differently', async (t) => {
  const session = dial(t, await startNode(t));
  await session.ready();
  for (const size of [127, 128, 65_470, 65_536, 73_728, 73_729, 1 << 20, 5_000_000]) {
    const sent = crypto.getRandomValues(new Uint8Array(Math.min(size, 65_536)));
    const payload = new Uint8Array(size);
    for (let at = 0; at < size; at += sent.length) payload.set(sent.subarray(0, size - at), at);
    assert.deepEqual(Buffer.from(await session.caller.call(echo, payload)), Buffer.from(payload), `${size} bytes`);
  }
});

test('many calls at once, small and large', async (t) => {
  const session = dial(t, await startNode(t));
  await session.ready();
  const all = Array.from({ length: 500 }, async (_, i) => {
    const payload = new Uint8Array(i % 50 === 0 ? 300_000 : 100).fill(i);
    const answer = await session.caller.call(echo, payload);
    assert.equal(answer.length, payload.length);
    assert.ok(answer.every((b) => b === i % 256));
  });
  await Promise.all(all);
});

const failure = (code: string, outcome: string) => (e: unknown) => {
  assert.ok(e instanceof GridError, String(e));
  assert.deepEqual([e.code, e.outcome], [code, outcome], e.message);
  return true;
};

test('errors say what is known of the handler', async (t) => {
  const session = dial(t, await startNode(t), { limits: { message: 1 << 20 } });
  await session.ready();
  await assert.rejects(session.caller.call(fail, bytes('gone')), (e: GridError) => {
    assert.equal(e.message, 'grid: not_found: gone (remote, ran)');
    return failure('not_found', 'ran')(e);
  });
  await assert.rejects(session.caller.call(unary(99, 'lab.none'), bytes('')), failure('unknown_handler', 'not sent'));
  await assert.rejects(session.caller.call(unary(5, 'down'), bytes('')), failure('incompatible', 'not sent'));
  await assert.rejects(session.caller.call(echo, new Uint8Array(40 << 20)), failure('too_large', 'not sent'));
  await assert.rejects(session.caller.call(echo, new Uint8Array(2 << 20)), failure('too_large', 'ran'));
  const unfit = unary(1, 'echo', { encode: () => { throw new GridError('invalid_argument', 'name: too long'); } });
  await assert.rejects(session.caller.call(unfit, bytes('')), /the request cannot be encoded: name: too long/);
  await assert.rejects(session.caller.call(echo, bytes(''), { metadata: { k: 'v'.repeat(9000) } }), failure('invalid_argument', 'not sent'));
  assert.equal(text(await session.caller.call(echo, bytes('still there'))), 'still there');
});

test('deadlines and signals reach the handler', async (t) => {
  const node = await startNode(t), session = dial(t, node);
  await session.ready();
  const late = session.caller.call(slow, bytes(''), { timeout: 100 });
  await node.line('slow began');
  await assert.rejects(late, failure('deadline_exceeded', 'may have run'));
  assert.equal(await node.line('slow ended'), 'deadline_exceeded');
  const controller = new AbortController();
  const canceled = session.caller.call(slow, bytes(''), { signal: controller.signal });
  await node.line('slow began');
  controller.abort();
  await assert.rejects(canceled, failure('canceled', 'may have run'));
  assert.equal(await node.line('slow ended'), 'canceled');
  await assert.rejects(session.caller.call(slow, bytes(''), { signal: AbortSignal.abort() }), failure('canceled', 'not sent'));
  await assert.rejects(session.caller.call(slow, bytes(''), { timeout: 0 }), failure('deadline_exceeded', 'not sent'));
});

test('the handler knows caller, metadata and what is left of the time', async (t) => {
  const session = dial(t, await startNode(t));
  await session.ready();
  assert.equal(text(await session.caller.call(meta, bytes(''), { metadata: { trace: '7f' }, timeout: 5000 })), 'page 7f 5s');
  assert.equal(text(await session.caller.call(unary(4, 'meta', { timeout: 3000 }), bytes(''))), 'page  3s');
  assert.equal(text(await session.caller.call(meta, bytes(''))), 'page  1m0s');
});

test('the node calls what is served here, also while it is called', async (t) => {
  const node = await startNode(t), session = dial(t, node);
  const seen: unknown[] = [];
  session.serve(servedUnary(1, 'shout'), {
    shout: (request: Uint8Array, context: { peer: string; metadata: Record<string, string>; method: string; remaining(): number }) => {
      seen.push(context.peer, context.metadata['trace'], context.method, context.remaining() > 1000);
      return bytes(text(request).toUpperCase());
    },
  });
  session.serve(servedUnary(2, 'large'), { large: async () => new Uint8Array(2_000_000).fill(97) });
  await session.ready();
  assert.equal(await node.ask('call', 1, 'hello'), 'HELLO');
  assert.deepEqual(seen, ['node', '7f', 'lab.shout', true]);
  assert.equal((await node.ask('call', 2)).length, 2_000_000);
  assert.equal(text(await session.caller.call(back, bytes('there and back'))), 'THERE AND BACK');
  session.serve(servedUnary(3, 'late'), { late: () => bytes('announced later') });
  assert.equal(text(await session.caller.call(echo, bytes(''))), ''); // behind the routes
  assert.equal(await node.ask('call', 3), 'announced later');
});

test('what a handler throws reaches the node as far as it may', async (t) => {
  const node = await startNode(t), reports: unknown[] = [], session = dial(t, node, { onError: (e) => reports.push(e) });
  const throwing: Record<string, unknown> = {
    known: () => { throw new GridError('permission_denied', 'not you'); },
    secret: async () => { throw new Error('password is 1234'); },
    wrong: () => bytes('never'),
  };
  session.serve(servedUnary(1, 'known'), throwing);
  session.serve(servedUnary(2, 'secret'), throwing);
  session.serve(servedUnary(3, 'absent'), throwing);
  session.serve(servedUnary(4, 'wrong', { decode: () => { throw new GridError('invalid_argument', 'no such thing'); } }), throwing);
  await session.ready();
  assert.equal(await node.ask('call', 1), 'error grid: permission_denied: not you (remote, ran)');
  assert.equal(await node.ask('call', 2), 'error grid: internal: internal error (remote, ran)');
  assert.equal(await node.ask('call', 3), 'error grid: unimplemented: handler lab.absent is not implemented here (remote, rejected)');
  assert.equal(await node.ask('call', 4), 'error grid: invalid_argument: the request cannot be decoded: no such thing (remote, rejected)');
  assert.match(await node.ask('call', 5), /unknown_handler/);
  assert.deepEqual(reports.map(String), ['Error: password is 1234']);
  assert.throws(() => session.serve(servedUnary(1, 'known'), throwing), failure('already_registered', undefined as never));
});

test('a cancel of the node aborts the signal of the handler', async (t) => {
  const node = await startNode(t), session = dial(t, node);
  const aborted = withResolvers<string>();
  session.serve(servedUnary(1, 'wait'), {
    wait: (_: Uint8Array, { signal }: { signal: AbortSignal }) => new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => (aborted.resolve((signal.reason as GridError).code), reject(signal.reason as Error)));
    }),
  });
  await session.ready();
  assert.match(await node.ask('late', 1), /deadline_exceeded/);
  assert.equal(await aborted.promise, 'deadline_exceeded');
});

function withResolvers<T>(): { promise: Promise<T>; resolve: (v: T) => void } {
  let resolve: (v: T) => void = () => undefined;
  const promise = new Promise<T>((r) => (resolve = r));
  return { promise, resolve };
}

test('bytes that were decoded are nobody else\'s', async (t) => {
  const blob: UnaryMethod<Uint8Array, Uint8Array> = {
    ...echo, encode: (b) => codec.encode((e, v) => codec.putBlob(e, v), b), decode: (b) => codec.decode((d) => codec.readBlob(d), b),
  };
  const session = dial(t, await startNode(t)), sent = new Uint8Array(300_000).fill(7);
  await session.ready();
  const came = await session.caller.call(blob, sent);
  assert.deepEqual(came, sent);
  assert.notEqual(came.byteOffset, 0); // a part of what came, which was not copied
  for (const size of [10, 300_000]) {
    const mine = blob.encode(new Uint8Array(size).fill(1)), read = blob.decode(mine);
    mine.fill(2);
    assert.equal(read[0], 1); // who decodes bytes of their own may write to those again
  }
});
