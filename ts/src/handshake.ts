import { GridError } from './errors.ts';
import type { Limits } from './limits.ts';
import type { Peer } from './link/host.ts';
import type { Socket } from './socket.ts';
import { Malformed, Reader, Writer, decodeText, encodeText } from './wire/bytes.ts';

/** How this end proves that it has its name: by a token, by a key that both ends have, or not at all. */
export type Proof = { readonly token: string } | { readonly key: Uint8Array } | undefined;

/** Self is what this end says of itself in its hello. */
export interface Self {
  /** Its name, or the label of a guest, which is told its name. */
  readonly name: string;
  /** Whom it wants to talk to; "" is whoever answers. */
  readonly node: string;
  readonly proof: Proof;
  /** 16 random bytes, and a number that grows with each attempt. */
  readonly incarnation: Uint8Array;
  readonly attempt: number;
}

/** Welcomed is what came of a handshake. */
export interface Welcomed {
  readonly peer: Peer;
  /** What this end is called. */
  readonly name: string;
  /** Batches that came with the welcome. */
  readonly behind: readonly Uint8Array[];
}

const HELLO = 1, PROOF = 2, WELCOME = 3, REJECT = 4;
const MOST = 8192; // bytes of a handshake message

/** So many random bytes. */
export function random(n: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(n));
}

/** Refused is a reject of the other end: it does not accept this one, and will not in a moment. */
export class Refused extends GridError {}

/** Makes the handshake as its dialer, as PROTOCOL.md section 4 says. */
export async function shakeHands(socket: Socket, self: Self, limits: Limits, signal: AbortSignal): Promise<Welcomed> {
  const inbox = new Messages(socket, signal);
  try {
    const mine = hello(self, limits);
    socket.send(mine);
    const theirs = await inbox.take(HELLO), peer = check(theirs, self);
    const proof = await inbox.take(PROOF), transcript = concat([varint(mine.length), mine, varint(theirs.length), theirs]);
    await verify(self.proof, transcript, proof.subarray(1));
    socket.send(concat([Uint8Array.of(PROOF), await prove(self.proof, transcript)]));
    const welcome = decodeText((await inbox.take(WELCOME)).subarray(1));
    signal.throwIfAborted();
    return { peer, name: welcome || self.name, behind: inbox.release() };
  } catch (error) {
    inbox.release();
    const e = error instanceof GridError ? error : new GridError('invalid_argument', error instanceof Error ? error.message : String(error), { outcome: 'not sent' });
    if (signal.aborted) socket.close(1008, e.text);
    else if (!e.remote && e.code !== 'disconnected') {
      socket.send(reject(e));
      socket.close(1008, e.text);
    }
    throw e;
  }
}

/** Messages are what comes during the handshake, one after the other. */
class Messages {
  readonly #signal: AbortSignal;
  readonly #came: Uint8Array[] = [];
  #lost: GridError | undefined;
  #wake: () => void = () => undefined;

  constructor(socket: Socket, signal: AbortSignal) {
    this.#signal = signal;
    socket.onmessage = (m) => {
      this.#came.push(m);
      this.#wake();
    };
    socket.onclose = (why) => this.#lose(new GridError('disconnected', why, { outcome: 'not sent' }));
    signal.addEventListener('abort', this.#aborted);
  }

  readonly #aborted = (): void => this.#lose(this.#signal.reason as GridError);

  #lose(error: GridError): void {
    this.#lost ??= error;
    this.#wake();
  }

  async take(kind: number): Promise<Uint8Array> {
    while (this.#came.length === 0 && !this.#lost) await new Promise<void>((resolve) => (this.#wake = resolve));
    const m = this.#came.shift();
    if (!m) throw this.#lost;
    if (m.length > MOST) throw new Malformed(`a handshake message of more than ${MOST} bytes`);
    if (m[0] === REJECT) {
      const r = new Reader(m, 1), code = r.string();
      throw new Refused(code, r.string(), { outcome: 'not sent', remote: true });
    }
    if (m[0] !== kind) throw new Malformed(`a handshake message of kind ${m[0]} where ${kind} was due`);
    return m;
  }

  /** Stops listening, and returns what came behind the welcome. */
  release(): readonly Uint8Array[] {
    this.#signal.removeEventListener('abort', this.#aborted);
    return this.#came;
  }
}

function hello({ name, node, proof, incarnation, attempt }: Self, limits: Limits): Uint8Array {
  const w = new Writer(256);
  w.byte(HELLO);
  const field = (tag: number, value: Uint8Array): void => (w.byte(tag), w.bytes(value));
  field(1, Uint8Array.of(1, 1));
  field(2, encodeText(name));
  field(3, encodeText(node));
  field(4, incarnation);
  field(5, varint(attempt));
  field(6, random(32));
  field(7, encodeText(scheme(proof)));
  field(8, encodeText('-'));
  field(9, varint(limits.message));
  field(10, new Uint8Array(8));
  field(11, varint(limits.bulkWindow));
  field(12, varint(limits.streamWindow));
  return w.copy();
}

const scheme = (p: Proof): string => (!p ? 'none' : 'token' in p ? 'token' : 'hmac-sha256');

function varint(n: number): Uint8Array {
  const w = new Writer(10);
  w.uint(n);
  return w.copy();
}

/** Checks the other end's hello, in the order of the protocol. */
function check(message: Uint8Array, self: Self): Peer {
  const r = new Reader(message, 1), fields = new Map<number, Uint8Array>();
  while (r.more) fields.set(r.uint(), r.bytes());
  const number = (tag: number): number => {
    const b = fields.get(tag);
    return b?.length ? Math.min(new Reader(b).uint(), 2 ** 40) : 0;
  };
  const text = (tag: number): string => decodeText(fields.get(tag) ?? new Uint8Array(0));
  const name = text(2), versions = fields.get(1) ? new Reader(fields.get(1)!) : undefined;
  if (name === '' || !versions) throw fault('invalid_argument', 'the hello has no name or no version');
  if (self.node !== '' && name !== self.node) throw fault('unauthenticated', `this is ${JSON.stringify(name)}, and ${JSON.stringify(self.node)} was wanted`);
  if (text(3) !== self.name) throw fault('unauthenticated', `${JSON.stringify(text(3))} was wanted, and this is ${JSON.stringify(self.name)}`);
  if (name === self.name) throw fault('unauthenticated', `both ends are called ${JSON.stringify(name)}`);
  if (versions.uint() > 1 || versions.uint() < 1) throw fault('incompatible', 'the other end does not speak version 1');
  if (text(7) !== scheme(self.proof)) throw fault('unauthenticated', `the other end proves itself by ${JSON.stringify(text(7))}, this one by ${JSON.stringify(scheme(self.proof))}`);
  if (number(11) < 65_536 || number(12) < 1) throw fault('invalid_argument', 'the hello leaves no room for chunks, or no window');
  if (!text(8).includes('-')) throw fault('incompatible', 'the other end insists on checksums');
  return { name, message: number(9), window: number(12), bulk: number(11) };
}

const fault = (code: string, text: string): GridError => new GridError(code, text, { outcome: 'not sent' });

async function keyed(key: Uint8Array, role: string, transcript: Uint8Array): Promise<Uint8Array> {
  const usable = await crypto.subtle.importKey('raw', key as Uint8Array<ArrayBuffer>, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const text = concat([encodeText(`gridc.v1 proof of the ${role}\0`), transcript]);
  return new Uint8Array(await crypto.subtle.sign('HMAC', usable, text as Uint8Array<ArrayBuffer>));
}

async function prove(p: Proof, transcript: Uint8Array): Promise<Uint8Array> {
  if (!p) return new Uint8Array(0);
  return 'token' in p ? encodeText(p.token) : keyed(p.key, 'dialer', transcript);
}

/** With a token the other end is proved by TLS, which the WebSocket has checked. */
async function verify(p: Proof, transcript: Uint8Array, proof: Uint8Array): Promise<void> {
  if (!p || 'token' in p) return;
  const wanted = await keyed(p.key, 'acceptor', transcript);
  let wrong = wanted.length ^ proof.length;
  wanted.forEach((b, i) => (wrong |= b ^ (proof[i] ?? 0)));
  if (wrong !== 0) throw fault('unauthenticated', 'wrong key: both ends need the same one');
}

function reject(e: GridError): Uint8Array {
  const w = new Writer(256);
  w.byte(REJECT);
  w.bytes(encodeText(e.code));
  w.bytes(encodeText(e.text.slice(0, 1024)));
  return w.copy();
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    all.set(p, at);
    at += p.length;
  }
  return all;
}
