import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GridError, type HandlerContext } from '../src/index.ts';
import { bytes, chat, dial, down, echo, endless, input, output, servedStream, startNode, text, up } from './lab.ts';

const MIB = 1 << 20;
const number = (b: Uint8Array): number => new DataView(b.buffer, b.byteOffset).getUint32(0);
function numbered(i: number, size: number): Uint8Array {
  const b = new Uint8Array(size);
  new DataView(b.buffer).setUint32(0, i);
  return b;
}

/**
 * What buffers may grow by while 64 MiB pass: far less than those. What the collector has found is
 * freed a while later, by another thread, so some that are dead count.
 */
async function bounded(what: () => Promise<void>): Promise<void> {
  const held = (): number => (global.gc!(), process.memoryUsage().arrayBuffers);
  const before = held();
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, held() - before)), 20);
  await what();
  clearInterval(watch);
  assert.ok(most < 24 * MIB, `${most} bytes were held`);
}

test('64 MiB come down, in order, in bounded memory', async (t) => {
  const session = dial(t, await startNode(t));
  await session.ready();
  for (const [count, size] of [[64 * 64, 16 * 1024], [64, MIB]] as const) {
    await bounded(async () => {
      let n = 0;
      for await (const m of session.caller.open(down, bytes(`${count} ${size}`))) {
        assert.equal(number(m), n++);
        assert.equal(m.length, size);
        if (n % 8 === 0) await new Promise((r) => setTimeout(r, 1));
      }
      assert.equal(n, count);
    });
  }
});

test('64 MiB go up, in order, in bounded memory', async (t) => {
  const session = dial(t, await startNode(t));
  await session.ready();
  for (const [count, size] of [[64 * 64, 16 * 1024], [64, MIB]] as const) {
    await bounded(async () => {
      const stream = session.caller.upload(up, undefined);
      for (let i = 0; i < count; i++) await stream.send(numbered(i, size));
      assert.equal(text(await stream.finish()), `${count} ${count * size}`);
    });
  }
});

test('a reader that does not read holds up its sender and nobody else', async (t) => {
  const session = dial(t, await startNode(t));
  await session.ready();
  const idle = session.caller.open(down, bytes('100000 10000'));
  assert.equal(number((await idle.next()).value!), 0);
  await new Promise((r) => setTimeout(r, 200));
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 20; i++) assert.equal(text(await session.caller.call(echo, bytes('x'))), 'x');
  await new Promise((r) => setTimeout(r, 200));
  assert.ok(process.memoryUsage().arrayBuffers - before < 2 * MIB);
  idle.close();
});

test('a stream both ways', async (t) => {
  const session = dial(t, await startNode(t));
  await session.ready();
  const both = session.caller.open(chat, undefined), got: string[] = [];
  const sent = both.sendAll(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].map(bytes));
  for await (const m of both) got.push(text(m));
  await sent;
  assert.equal(got.join(''), 'abcdefghij');
  const large = session.caller.open(chat, undefined);
  const pumped = large.sendAll((async function* () {
    for (let i = 0; i < 6; i++) yield numbered(i, 700_000);
  })());
  let n = 0;
  for await (const m of large) assert.equal(number(m), n++);
  await pumped;
  assert.equal(n, 6);
});

test('leaving the loop closes the stream, and the handler knows', async (t) => {
  const node = await startNode(t), session = dial(t, node);
  await session.ready();
  for await (const m of session.caller.open(endless, undefined)) if (number(m) === 20) break;
  assert.equal(await node.line('endless ended'), 'canceled');
  await assert.rejects(async () => {
    for await (const _ of session.caller.open(endless, undefined, { timeout: 150 }));
  }, (e: GridError) => e.code === 'deadline_exceeded' && e.outcome === 'may have run');
  assert.equal(await node.line('endless ended'), 'deadline_exceeded');
  const controller = new AbortController();
  await assert.rejects(async () => {
    for await (const m of session.caller.open(endless, undefined, { signal: controller.signal })) if (number(m) === 3) controller.abort();
  }, (e: GridError) => e.code === 'canceled');
  await node.line('endless ended');
  const disposed = session.caller.open(endless, undefined);
  await disposed.next();
  await disposed[Symbol.asyncDispose]();
  await node.line('endless ended');
});

test('the end of a stream is told at each call', async (t) => {
  const node = await startNode(t), session = dial(t, node);
  await session.ready();
  const both = session.caller.open(chat, undefined);
  await both.send(bytes('fail'));
  await assert.rejects(both.finish(), (e: GridError) => e.code === 'permission_denied' && e.text === 'as you say' && e.outcome === 'ran');
  await assert.rejects(both.send(bytes('more')), { code: 'permission_denied' });
  const none = session.caller.open({ ...chat, id: 77, name: 'lab.none' }, undefined);
  await assert.rejects(none.next(), (e: GridError) => e.code === 'unknown_handler' && e.outcome === 'not sent');
  await assert.rejects(none.send(bytes('')), { code: 'unknown_handler' });
  const unfit = session.caller.open({ ...up, encode: () => { throw new Error('too long'); } }, undefined);
  await assert.rejects(unfit.send(bytes('')), /the message cannot be encoded: too long/);
  await assert.rejects(unfit.finish(), /too long/);
});

test('a message that cannot be sent is a gap, and the handler sees that its input was cut', async (t) => {
  const node = await startNode(t), session = dial(t, node);
  await session.ready();
  let n = 0;
  const broken = session.caller.open({ ...up, encode: (b: Uint8Array) => { if (n++ === 3) throw new Error('bad'); return b; } }, undefined);
  await assert.rejects(async () => {
    for (let i = 0; i < 5; i++) await broken.send(numbered(i, 100));
  }, /bad/);
  assert.equal(await node.line('up cut'), 'invalid_argument');
});

test('the node opens streams that are served here', async (t) => {
  const node = await startNode(t), session = dial(t, node);
  session.serve(servedStream(1, 'mirror', { payload: (b) => b, ...input, ...output }), {
    async *mirror(payload: Uint8Array, messages: AsyncIterable<Uint8Array>) {
      yield payload;
      for await (const m of messages) yield bytes(text(m).toUpperCase());
    },
  });
  session.serve(servedStream(2, 'down', output), {
    async *down() {
      for (let i = 0; i < 1024; i++) yield numbered(i, 16 * 1024);
    },
  });
  session.serve(servedStream(3, 'down1', output), {
    async *down1() {
      for (let i = 0; i < 16; i++) yield numbered(i, MIB);
    },
  });
  session.serve(servedStream(4, 'up', { ...input, ...output, out: 1, answers: true }), {
    async up(messages: AsyncIterable<Uint8Array>) {
      let n = 0, size = 0;
      for await (const m of messages) {
        assert.equal(number(m), n++);
        size += m.length;
      }
      return bytes(`${n} ${size}`);
    },
  });
  session.serve(servedStream(5, 'fails', output), {
    async *fails() {
      yield bytes('one');
      throw new GridError('not_found', 'no more');
    },
  });
  await session.ready();
  assert.equal(await node.ask('open', 1, 'payload'), 'payload,ONE,TWO,THREE');
  await bounded(async () => assert.equal(await node.ask('down', 2), `1024 ${16 * MIB}`));
  await bounded(async () => assert.equal(await node.ask('down', 3), `16 ${16 * MIB}`));
  await bounded(async () => assert.equal(await node.ask('up', 4), `256 ${16 * MIB}`));
  assert.match(await node.ask('open', 5), /not_found: no more \(remote, ran\)/);
  assert.match(await node.ask('open', 6), /unknown_handler/);
});

test('a generator learns that its client has left', async (t) => {
  const node = await startNode(t), session = dial(t, node);
  let over: (why: string) => void = () => undefined;
  const left = new Promise<string>((resolve) => (over = resolve));
  session.serve(servedStream(1, 'endless', output), {
    async *endless({ signal }: HandlerContext) {
      try {
        for (let i = 0; ; i++) yield bytes(`${i}`);
      } finally {
        over((signal.reason as GridError).code);
      }
    },
  });
  await session.ready();
  assert.equal(await node.ask('leave', 1), '0');
  assert.equal(await left, 'canceled');
});

test('many streams share one socket', async (t) => {
  const session = dial(t, await startNode(t));
  await session.ready();
  await Promise.all(Array.from({ length: 100 }, async (_, i) => {
    let n = 0;
    for await (const m of session.caller.open(down, bytes(`50 ${100 * (i + 1)}`))) assert.equal(number(m), n++);
    assert.equal(n, 50);
  }));
});

test('what is held while a stream passes both ways does not grow with it', async (t) => {
  const session = dial(t, await startNode(t));
  await session.ready();
  const held = (): number => (global.gc!(), global.gc!(), process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed);
  /** Passes messages both ways, and returns the most that is held while nobody reads: then all has piled up that can. */
  const pass = async (count: number, size: number): Promise<number> => {
    const stream = session.caller.open(chat, undefined);
    let sent = 0, came = 0, most = 0;
    const sending = (async () => {
      for (; sent < count; sent++) await stream.send(numbered(sent, size));
      stream.closeSend();
    })();
    for await (const m of stream) {
      assert.equal(number(m), came++);
      assert.equal(m.length, size);
      if (came % (count / 4) !== 0) continue;
      for (let before = -1; before !== sent; ) {
        before = sent;
        await new Promise((r) => setTimeout(r, 100));
      }
      most = Math.max(most, held());
    }
    await sending;
    assert.equal(came, count);
    return most;
  };
  await pass(8, MIB);
  const before = held();
  for (const [size, counts] of [[16 * 1024, [1024, 4096]], [MIB, [16, 64]]] as const) {
    const [small, large] = [await pass(counts[0], size) - before, await pass(counts[1], size) - before] as const;
    assert.ok(small < 6 * MIB && large < 6 * MIB, `of 16 MiB ${small} bytes were held, of 64 MiB ${large}, in messages of ${size}`);
  }
  assert.ok(held() - before < MIB, `${held() - before} bytes are left`);
});
