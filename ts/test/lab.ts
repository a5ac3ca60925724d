// What the tests share: a real Go node in a process of its own, and descriptions of its handlers.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { WebSocket as WS } from 'ws';
import {
  type ConnectOptions, type ServiceDescriptor, type StreamHandler, type StreamMethod, type UnaryHandler, type UnaryMethod, type WebSocketClass, connect, decodeBytes, decodeNothing, encodeBytes,
  encodeNothing, type Session, serving,
} from '../src/index.ts';

/** The global WebSocket where there is one, so that both are tried: ws on Node 20. */
export const WebSocket = ((globalThis as { WebSocket?: unknown }).WebSocket ?? WS) as WebSocketClass;

/** GoNode is the program in test/node. */
export class GoNode {
  readonly process: ChildProcess;
  port = 0;
  readonly #lines: string[] = [];
  #wake: () => void = () => undefined;
  #over = false;

  constructor(args: string[]) {
    this.process = spawn(process.env['GRIDC_TEST_NODE']!, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.process.stdout! }).on('line', (line) => (this.#lines.push(line), this.#wake()));
    this.process.on('exit', () => ((this.#over = true), this.#wake()));
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/grid/v1`;
  }

  command(line: string): void {
    this.process.stdin!.write(line + '\n');
  }

  /** Waits for a line with this beginning, and returns the rest of it. */
  async line(prefix: string): Promise<string> {
    for (;;) {
      const i = this.#lines.findIndex((l) => l.startsWith(prefix));
      if (i >= 0) return this.#lines.splice(i, 1)[0]!.slice(prefix.length).trim();
      if (this.#over) throw new Error(`the node ended before it said ${JSON.stringify(prefix)}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Has the node ask something, and returns the answer. */
  async ask(how: string, handler: number, text = ''): Promise<string> {
    this.command(`${how} ${handler} ${text}`);
    return this.line(how);
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill('SIGKILL');
    await once(this.process, 'exit');
  }
}

export async function startNode(t: TestContext, ...args: string[]): Promise<GoNode> {
  const node = new GoNode(args);
  t.after(() => node.stop());
  node.port = Number(await node.line('listening'));
  return node;
}

/** Connects as "page", and closes with the test. */
export function dial(t: TestContext, node: { readonly url: string }, options: Partial<ConnectOptions> = {}): Session {
  const session = connect({ url: node.url, name: 'page', node: 'node', WebSocket, ...options });
  t.after(() => session.close({ timeout: 0 }));
  return session;
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (b: Uint8Array): string => new TextDecoder().decode(b);

const unary = (id: number, name: string, more: Partial<UnaryMethod<Uint8Array, Uint8Array>> = {}): UnaryMethod<Uint8Array, Uint8Array> =>
  ({ id, name, encode: encodeBytes, decode: decodeBytes, ...more });

/** The handlers of test/node/handlers.go. */
export const echo = unary(1, 'echo'), fail = unary(2, 'fail'), slow = unary(3, 'slow'), meta = unary(4, 'meta'), back = unary(9, 'back');
export const down: StreamMethod<Uint8Array, never, Uint8Array> = { id: 5, name: 'down', payload: encodeBytes, decode: decodeBytes, out: 64 };
export const up: StreamMethod<void, Uint8Array, Uint8Array> = { id: 6, name: 'up', payload: encodeNothing, encode: encodeBytes, decode: decodeBytes, out: 1 };
export const chat: StreamMethod<void, Uint8Array, Uint8Array> = { id: 7, name: 'chat', payload: encodeNothing, encode: encodeBytes, decode: decodeBytes, out: 4 };
export const endless: StreamMethod<void, never, Uint8Array> = { id: 8, name: 'endless', payload: encodeNothing, decode: decodeBytes, out: 16 };
export { unary };

/** A service of one method, which may be anything. */
export const servedUnary = (id: number, key: string, more: Partial<UnaryHandler> = {}): ServiceDescriptor<Record<string, unknown>> => ({
  name: 'lab', serving, handlers: [{ kind: 'unary', id, key, name: `lab.${key}`, decode: decodeBytes, encode: encodeBytes, ...more }],
});
export const servedStream = (id: number, key: string, more: Partial<StreamHandler>): ServiceDescriptor<Record<string, unknown>> => ({
  name: 'lab', serving, handlers: [{ kind: 'stream', id, key, name: `lab.${key}`, ...more }],
});
export const output = { encode: encodeBytes, out: 16 } as const, input = { decode: decodeBytes, in: 16 } as const;
export { decodeNothing };
