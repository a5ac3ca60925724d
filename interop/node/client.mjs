// A stranger: version 1 of the wire, written by hand from runtime/PROTOCOL.md alone, on nothing but Node's own
// http and crypto. It makes calls and opens streams, and offers no checksums. A socket is anything with send(buffer),
// close(code, reason) and an inbox of the messages received; connect() makes one.
import http from 'node:http';
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export const [, CALL, REPLY, ERROR, OPEN, MESSAGE, END, RESET, CREDIT, CHUNK, PING, PONG, GOAWAY, ROUTES, SHAPES] = Array(15).keys();
export const REQUEST = 1, ANSWER = 2, STREAM = 3, GRANT = 4; // targets; a grant's is GRANT plus that of the message
const EAGER = 73728, BULK = 524288, WINDOW = 65536, LIMIT = 32 << 20, SILENCE = 10_000;
const PROCESS = { incarnation: randomBytes(16), attempts: 0 };

export class GridError extends Error {
  constructor(code, message, outcome = 'may have run') { super(`${code}: ${message}`); Object.assign(this, { code, outcome }); }
}
const broken = (why) => new GridError('protocol', why);

/** encode writes numbers as varints, strings with their length, arrays as a bytes field, and buffers as they are. */
export const encode = (...parts) => Buffer.concat(parts.map((part) => {
  if (Buffer.isBuffer(part)) return part;
  if (typeof part === 'string') return encode([Buffer.from(part)]);
  if (Array.isArray(part)) return ((inner) => Buffer.concat([encode(inner.length), inner]))(encode(...part));
  return part > 127 ? Buffer.concat([Buffer.from([Number(BigInt(part) & 127n) | 128]), encode(BigInt(part) >> 7n)]) : Buffer.from([Number(part)]);
}));

export class Reader {
  constructor(buffer) { this.buffer = buffer; }
  get more() { return this.buffer.length > 0; }
  rest() { return this.take(this.buffer.length); }
  string() { return this.bytes().toString(); }
  bytes() { return this.take(this.uint()); }
  take(n) {
    if (n > this.buffer.length) throw broken('cut short');
    const head = this.buffer.subarray(0, n);
    return ((this.buffer = this.buffer.subarray(n)), head);
  }
  uint() { // a bigint where a number could not hold it
    for (let n = 0n, shift = 0n; ; shift += 7n) {
      const byte = this.take(1)[0];
      n |= BigInt(byte & 127) << shift;
      if (n >> 64n || shift > 63n) throw broken('varint of more than 64 bits');
      if (byte < 128) return n > Number.MAX_SAFE_INTEGER ? n : Number(n);
    }
  }
}

/** Inbox hands on in order what came in, to one reader; next() is undefined after the end. */
export class Inbox {
  items = []; wake = () => {};
  push(item) { this.items.push(item); this.wake(); }
  close(error) { this.end ??= { error }; this.wake(); }
  async next() {
    while (!this.items.length && !this.end) await new Promise((resolve) => { this.wake = resolve; });
    if (!this.items.length && this.end.error) throw this.end.error;
    return this.items.shift();
  }
}

/** connect upgrades a connection (section 2) and speaks RFC 6455 on it, masking what it sends (section 3). */
export const connect = ({ host, port }) => new Promise((resolve, reject) => {
  const key = randomBytes(16).toString('base64');
  const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Key': key, 'Sec-WebSocket-Version': 13, 'Sec-WebSocket-Protocol': 'gridc.v1' };
  const request = http.get({ host, port, path: '/grid/v1', headers, timeout: 5000 });
  const refused = (why) => { reject(new GridError('unavailable', why, 'not sent')); request.destroy(); };
  request.on('error', (error) => refused(error.message)).on('timeout', () => refused('no answer'));
  request.on('response', (response) => refused(`status ${response.statusCode}`));
  request.on('upgrade', ({ headers: answer }, tcp, first) => {
    const accept = createHash('sha1').update(key + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64');
    if (answer['sec-websocket-accept'] === accept && answer['sec-websocket-protocol'] === 'gridc.v1') resolve(speak(tcp.setTimeout(0), first));
    else refused('another protocol');
  });
});

function speak(tcp, buffer) {
  const inbox = new Inbox();
  const frame = (opcode, payload) => {
    const n = payload.length, mask = randomBytes(4), wide = [56, 48, 40, 32, 24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) & 255);
    const head = [0x80 | opcode, ...(n < 126 ? [0x80 | n] : n < 65536 ? [0xfe, ...wide.slice(6)] : [0xff, ...wide]), ...mask];
    if (tcp.writable) tcp.write(Buffer.concat([Buffer.from(head), Buffer.from(payload.map((byte, i) => byte ^ mask[i & 3]))]));
  };
  const over = (why) => { tcp.end(); inbox.close(new GridError('disconnected', why)); };
  const close = (code, why) => { frame(8, Buffer.from([code >> 8, code & 255, ...Buffer.from(why).subarray(0, 123)])); over(why); };
  const next = () => { // takes one frame from the buffer, if all of it is there
    if (buffer.length < 2) return false;
    if ((buffer[0] & 0xf0) !== 0x80 || buffer[1] & 0x80) return close(1002, 'fragment, reserved bit or mask');
    const head = { 126: 4, 127: 10 }[buffer[1]] ?? 2;
    if (buffer.length < head) return false;
    const size = head === 2 ? buffer[1] : head === 4 ? buffer.readUInt16BE(2) : Number(buffer.readBigUInt64BE(2));
    if (size > 262152) return close(1002, 'message too large');
    if (buffer.length < head + size) return false;
    const opcode = buffer[0] & 15, payload = buffer.subarray(head, head + size);
    buffer = buffer.subarray(head + size);
    if (opcode === 2) inbox.push(payload);
    else if (opcode === 8) return over(`closed by the peer: ${payload.length ? payload.readUInt16BE(0) : ''} ${payload.subarray(2)}`);
    else if (opcode === 9) frame(10, payload);
    else if (opcode !== 10) return close(1002, `opcode ${opcode}`);
    return true;
  };
  const read = (data) => { buffer = Buffer.concat([buffer, data]); while (next()); };
  tcp.on('data', read).on('error', (error) => over(error.message)).on('close', () => over('the connection ended'));
  read(Buffer.alloc(0)); // what came with the upgrade belongs to the WebSocket
  return { inbox, close, send: (payload) => frame(2, payload) };
}

/** hello, proof, take and checkHello are the parts of section 4, for either role; self has name, target and key. */
export const hello = (self, attempt) => encode(1, 1, [1, 1], 2, self.name, 3, self.target, 4, [PROCESS.incarnation], 5, [attempt], 6, [randomBytes(32)],
  7, 'hmac-sha256', 8, '-', 9, [LIMIT], 10, [Buffer.alloc(8)], 11, [BULK], 12, [WINDOW]);

export const proof = (self, role, dialer, acceptor) => encode(2,
  createHmac('sha256', self.key).update(`gridc.v1 proof of the ${role}\0`).update(encode([dialer], [acceptor])).digest());

export async function take(socket, kind, wanted) {
  const message = await socket.inbox.next(), body = new Reader(message.subarray(1));
  if (message[0] === 4) throw new GridError(body.string(), body.string(), 'rejected');
  if (message[0] !== kind) throw new GridError('invalid_argument', `kind ${message[0]} where ${kind} was due`);
  if (wanted && !(message.length === wanted.length && timingSafeEqual(message, wanted))) throw new GridError('unauthenticated', 'wrong proof');
  return message;
}

export function checkHello(message, self) {
  const body = new Reader(message.subarray(1)), tags = [];
  while (body.more) tags[body.uint()] = body.bytes();
  const number = (tag) => new Reader(tags[tag] ?? encode(0)).uint(), text = (tag) => String(tags[tag] ?? ''), versions = new Reader(tags[1] ?? encode(0, 0));
  if (text(2) !== self.target || text(3) !== self.name) throw new GridError('unauthenticated', 'another name');
  if (versions.uint() > 1 || versions.uint() < 1) throw new GridError('incompatible', 'no common version');
  if (text(7) !== 'hmac-sha256') throw new GridError('unauthenticated', 'another scheme');
  if (number(11) < 65536 || number(12) < 1) throw new GridError('invalid_argument', 'no room for chunks, or no window');
  if (!text(8).includes('-')) throw new GridError('incompatible', 'the peer insists on checksums');
  return { bulk: number(11), window: number(12) };
}

/** dial makes a session over a socket as its dialer; steps is the handshake of the role. */
export async function dial(socket, self, { steps = handshake, first = 1, Kind = Session } = {}) {
  const late = setTimeout(() => socket.close(1008, 'handshake deadline'), 5000);
  try {
    return new Kind(socket, await steps(socket, self), first, self.serve);
  } catch (error) {
    if (error.outcome !== 'rejected') socket.send(encode(4, error.code, error.message));
    socket.close(1008, error.message);
    throw error;
  } finally { clearTimeout(late); }
}

async function handshake(socket, self) {
  const mine = hello(self, ++PROCESS.attempts);
  socket.send(mine);
  const theirs = await take(socket, 1), peer = checkHello(theirs, self);
  await take(socket, 2, proof(self, 'acceptor', mine, theirs));
  socket.send(proof(self, 'dialer', mine, theirs));
  await take(socket, 3);
  return peer;
}

export class Session {
  constructor(socket, { bulk, window }, nextStream, serve = {}) {
    Object.assign(this, { socket, window, room: bulk, nextStream, serve, lastCall: 0, waiters: [], granted: new Set(), heard: Date.now() });
    this.calls = new Map(), this.streams = new Map(), this.assemblies = new Map(), this.routes = new Map();
    this.frame(ROUTES, 0, ...this.served());
    this.clock = setInterval(() => {
      const silence = Date.now() - this.heard;
      if (silence > SILENCE) silence > 2 * SILENCE ? socket.close(1001, 'dead') : this.frame(PING, 1);
    }, SILENCE / 2);
    this.over = this.run();
  }
  served() { return []; } // the routes of this end: a client has none
  frame(kind, ...body) { if (!this.lost) this.socket.send(encode(kind, [...body])); } // a batch of one
  close() { this.socket.close(1000, 'shut down'); return this.over; }
  async run() {
    try {
      for (;;) {
        const batch = new Reader(await this.socket.inbox.next());
        this.heard = Date.now();
        while (batch.more) this.handle(batch.take(1)[0], new Reader(batch.bytes()));
        for (const wake of this.waiters.splice(0)) wake();
      }
    } catch (error) {
      if (error.code !== 'disconnected') this.socket.close(1002, error.message);
      this.lost = error;
    }
    clearInterval(this.clock);
    for (const end of [...this.calls.values(), ...this.streams.values()]) end.reject(this.lost);
    for (const wake of this.waiters.splice(0)) wake();
  }
  async until(ready) { // until what the peer sent has made ready() true
    while (!this.lost && !ready()) await new Promise((resolve) => { this.waiters.push(resolve); });
    if (this.lost) throw this.lost;
  }
  handle(kind, body) {
    const known = kind & 127;
    if (known === CALL) return this.called(body.uint(), body);
    if (known === REPLY) return this.replied(body.uint(), body);
    if (known === ERROR) return this.settle(body.uint(), 'reject', failure(body));
    if (known === OPEN) return this.frame(END, body.uint(), 1, 2, 'unknown_handler', 'this end serves no streams');
    if (known === MESSAGE) return this.messaged(this.streams.get(body.uint()), body);
    if (known === END) return this.streams.get(body.uint())?.reject(body.uint() === 0 ? undefined : failure(body)); // undefined: complete
    if (known === RESET) return body.uint() === STREAM && this.streams.get(body.uint())?.reject(new GridError(body.string(), 'reset by the peer'));
    if (known === CREDIT) return this.credited(body.uint(), body.uint(), body.uint(), body.uint());
    if (known === CHUNK) return this.chunk(body.uint(), body.uint(), body.rest());
    if (known === PING) return this.frame(PONG, body.uint());
    if (known === GOAWAY) return (this.leaving = true);
    if (known === ROUTES) return this.announced(body.uint(), body);
    if (known === SHAPES) return this.frame(SHAPES, 2, (body.uint(), body.uint())); // no schemas here: no data
    if (known !== PONG && kind < 128) throw broken(`unknown frame ${kind}`);
  }
  announced(flags, body) {
    while (body.more) {
      const entry = new Reader(body.bytes()), [route, id, subroute] = [entry.uint(), entry.uint(), entry.string()];
      this.routes.set(`${id}/${subroute}`, { route, stream: (entry.uint() & 1) === 1, input: entry.uint(), output: entry.uint() });
    }
    this.ready ||= (flags & 1) === 0;
  }
  async route(id, subroute, stream) {
    await this.until(() => this.ready);
    const found = this.routes.get(`${id}/${subroute}`);
    if (this.leaving) throw new GridError('unavailable', 'the peer is going away', 'not sent');
    if (found?.stream !== stream) throw new GridError('unknown_handler', `${id}/${subroute}`, 'not sent');
    return found;
  }

  payload(target, id, body, flags, done) { // whole, or in chunks once granted (section 9)
    if (!(flags & 1)) return done(body.rest());
    const missing = body.uint();
    if (missing > LIMIT) throw broken('too large for this client');
    this.assemblies.set(`${target}:${id}`, { pieces: [], missing, done });
    this.frame(CREDIT, GRANT + target, id, 0, 0);
  }
  chunk(target, id, piece) {
    this.frame(CREDIT, 0, 0, 0, piece.length);
    const assembly = this.assemblies.get(`${target}:${id}`);
    assembly?.pieces.push(piece);
    if (!assembly || (assembly.missing -= piece.length) > 0) return;
    this.assemblies.delete(`${target}:${id}`);
    assembly.done(Buffer.concat(assembly.pieces));
  }
  async send(target, id, payload, gone, kind, ...head) { // head ends with the flags
    if (payload.length <= EAGER) return this.frame(kind, ...head, payload);
    this.frame(kind, ...head.slice(0, -1), head.at(-1) | 1, payload.length);
    await this.until(() => this.granted.delete(`${target}:${id}`) || gone());
    for (let at = 0; at < payload.length && !gone();) {
      await this.until(() => this.room > 0);
      const piece = payload.subarray(at, at + Math.min(EAGER, this.room));
      this.room -= piece.length;
      at += piece.length;
      this.frame(CHUNK, target, id, piece);
    }
  }
  credited(target, id, messages, bytes) {
    if (target === 0) this.room += bytes;
    else if (target > GRANT) this.granted.add(`${target - GRANT}:${id}`);
    else if (this.streams.has(id)) { this.streams.get(id).messages += messages; this.streams.get(id).bytes += bytes; }
  }

  async call(handler, payload, { subroute = '', timeout = 30_000 } = {}) {
    const { route } = await this.route(handler, subroute, false), id = ++this.lastCall;
    const outcome = new Promise((resolve, reject) => this.calls.set(id, { resolve, reject }));
    const late = setTimeout(() => {
      this.frame(RESET, REQUEST, id, 'canceled');
      this.settle(id, 'reject', new GridError('deadline_exceeded', 'given up'));
    }, timeout);
    this.send(REQUEST, id, payload, () => !this.calls.has(id), CALL, id, route, timeout * 1000, 0).catch(() => {});
    return outcome.finally(() => clearTimeout(late));
  }
  settle(id, how, what) { this.calls.get(id)?.[how](what); this.calls.delete(id); }
  replied(id, body) {
    const flags = body.uint();
    if (!this.calls.has(id)) return flags & 1 ? this.frame(RESET, REQUEST, id, 'canceled') : undefined;
    this.payload(ANSWER, id, body, flags, (reply) => this.settle(id, 'resolve', reply));
  }
  messaged(stream, body) { if (stream) this.payload(STREAM, stream.id, body, body.uint(), (message) => stream.inbox.push(message)); }
  called(id) { this.frame(ERROR, id, 2, 'unknown_handler', 'this end serves nothing'); }

  async open(handler, payload, { subroute = '' } = {}) {
    const { route, input, output } = await this.route(handler, subroute, true), id = (this.nextStream += 2) - 2, stream = new Stream(this, id, input);
    this.streams.set(id, stream);
    await this.send(STREAM, id, payload, () => stream.over, OPEN, id, route, 0, output, 0);
    return stream;
  }
}

function failure(body) {
  const outcome = { 2: 'rejected', 3: 'may have run', 4: 'ran' }[body.uint()];
  if (!outcome) throw broken('a failure with another outcome');
  return new GridError(body.string(), body.string(), outcome);
}

export class Stream {
  constructor(session, id, input) { Object.assign(this, { session, id, messages: input, bytes: session.window, inbox: new Inbox() }); }
  reject(error) { this.over = true; this.session.streams.delete(this.id); this.inbox.close(error); }
  async send(message) { // one at a time
    await this.session.until(() => this.over || (this.messages > 0 && this.bytes > 0));
    if (this.over) throw new GridError('canceled', 'the stream is over');
    this.messages -= 1, this.bytes -= message.length;
    await this.session.send(STREAM, this.id, message, () => this.over, MESSAGE, this.id, 0);
  }
  end() { if (!this.over) this.session.frame(END, this.id, 0); }
  cancel() { this.session.frame(RESET, STREAM, this.id, 'canceled'); this.reject(new GridError('canceled', 'given up here')); }
  async *[Symbol.asyncIterator]() {
    for (let message; (message = await this.inbox.next()); yield message) this.session.frame(CREDIT, STREAM, this.id, 1, message.length);
  }
}
