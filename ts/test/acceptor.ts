// The other end of a session, frame by frame, in memory: it need not keep to the protocol.
import type { TestContext } from 'node:test';
import { type ConnectOptions, connect, type Session, type WebSocketLike } from '../src/index.ts';
import { Reader, Writer } from '../src/wire/bytes.ts';

type Part = number | bigint | string | Uint8Array;

/** Bytes of varints, of texts with their length, and of bytes as they are. */
export function body(...parts: Part[]): Uint8Array {
  const w = new Writer(64);
  for (const p of parts) {
    if (typeof p === 'string') w.bytes(new TextEncoder().encode(p));
    else if (p instanceof Uint8Array) w.raw(p);
    else w.uint(p);
  }
  return w.copy();
}

export function frame(kind: number, ...parts: Part[]): Uint8Array {
  const inner = body(...parts);
  return body(Uint8Array.of(kind), inner.length, inner);
}

export const field = (tag: number, ...parts: Part[]): Uint8Array => {
  const inner = body(...parts);
  return body(tag, inner.length, inner);
};

/** An entry of a routes frame. */
export const route = (number: number, id: number, stream = 0, input = 0, output = 0, subroute = ''): Uint8Array => {
  const inner = body(number, id, subroute, stream, input, output);
  return body(inner.length, inner);
};

/** What is in a batch: kinds, and the bodies. */
export function frames(batch: Uint8Array): { kind: number; r: Reader }[] {
  const all: { kind: number; r: Reader }[] = [], r = new Reader(batch);
  while (r.more) {
    const kind = r.byte();
    all.push({ kind, r: new Reader(r.bytes()) });
  }
  return all;
}

export class Acceptor {
  readonly session: Session;
  readonly sent: Uint8Array[] = []; // by the session, each message of it
  closed: { code: number; reason: string } | undefined;
  buffered = 0;
  readonly #wakes: (() => void)[] = [];
  socket: WebSocketLike | undefined;

  constructor(t: TestContext, options: Partial<ConnectOptions> = {}) {
    const acceptor = this;
    class Fake implements WebSocketLike {
      binaryType = 'blob';
      readonly protocol = 'gridc.v1';
      onopen: ((e: unknown) => void) | null = null;
      onmessage: ((e: unknown) => void) | null = null;
      onerror: ((e: unknown) => void) | null = null;
      onclose: ((e: unknown) => void) | null = null;
      constructor() {
        acceptor.socket = this;
        setImmediate(() => this.onopen?.({}));
      }
      get bufferedAmount(): number {
        return acceptor.buffered;
      }
      send(data: Uint8Array): void {
        acceptor.sent.push(data.slice());
        acceptor.#wake();
      }
      close(code?: number, reason?: string): void { // as strict as a browser
        if (code !== undefined && code !== 1000 && (code < 3000 || code > 4999)) throw new Error('InvalidAccessError');
        acceptor.closed = { code: code ?? 1005, reason: reason ?? '' };
        acceptor.#wake();
      }
    }
    this.session = connect({ url: 'ws://x/', name: 'page', node: 'node', WebSocket: Fake, ...options });
    t.after(() => this.session.close({ timeout: 0 }));
  }

  #wake(): void {
    for (const w of this.#wakes.splice(0)) w();
  }

  async until(what: () => boolean): Promise<void> {
    while (!what()) await new Promise<void>((resolve) => this.#wakes.push(resolve));
  }

  /** Waits for so many messages of the session, and returns the last of them. */
  async message(n: number): Promise<Uint8Array> {
    await this.until(() => this.sent.length >= n || this.closed !== undefined);
    return this.sent[n - 1] ?? new Uint8Array(0);
  }

  send(...parts: Uint8Array[]): void {
    this.socket!.onmessage?.({ data: body(...parts).slice().buffer });
  }

  hello(...more: Uint8Array[]): Uint8Array {
    return body(1, field(1, 1, 1), field(2, new TextEncoder().encode('node')), field(3, new TextEncoder().encode('page')), field(4, new Uint8Array(16)), field(5, 0), field(6, new Uint8Array(32)),
      field(7, new TextEncoder().encode('none')), field(8, new TextEncoder().encode('x-')), field(9, 1 << 25), field(11, 65_536), field(12, 65_536), ...more);
  }

  /** Makes the handshake, and announces handlers. */
  async ready(...routes: Uint8Array[]): Promise<void> {
    await this.message(1);
    this.send(this.hello());
    this.send(body(2));
    await this.message(2);
    this.send(body(3));
    this.send(frame(13, 0, ...routes));
    await this.session.ready();
    await this.message(3);
  }

  /** Waits for the session to close the socket. */
  async close(): Promise<string> {
    await this.until(() => this.closed !== undefined);
    return `${this.closed!.code} ${this.closed!.reason}`;
  }
}
