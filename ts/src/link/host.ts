import type { Caller } from '../contract.ts';
import type { Limits } from '../limits.ts';
import type { GridError } from '../errors.ts';
import type { Assemblies } from './large.ts';
import type { Deadlines } from './deadlines.ts';
import type { Entry, Outbox } from './out.ts';

/** What the other end said of itself in its hello. */
export interface Peer {
  readonly name: string;
  /** The largest message that it takes. */
  readonly message: number;
  /** Bytes that each of its streams may have unread at the start. */
  readonly window: number;
  /** Room for chunks at the start. */
  readonly bulk: number;
}

/** Host is what a link lends to its calls and streams. */
export interface Host {
  readonly out: Outbox;
  readonly large: Assemblies;
  readonly deadlines: Deadlines;
  readonly limits: Limits;
  readonly peer: Peer;
  /** Queues an answer that cannot be merged; too many end the link. */
  answer(entry: Entry): void;
  /** Queues a refusal; too many end the link. */
  refuse(entry: Entry): void;
  /** Calls back when the other end has read all that was written so far, and its refusals have come. */
  confirm(done: () => void): void;
  /** Says that something has ended: a link that is closing looks whether it was the last. */
  settled(): void;
  /** Says what a handler did that its caller is not told. */
  report(error: unknown, method: string): void;
  /** Calls the other end, for handlers. */
  readonly caller: Caller;
  /** Aborts when either end begins to shut down. */
  readonly draining: AbortSignal;
  /** Why the link is over. */
  readonly lost: GridError | undefined;
}

/** Route is a handler of the other end. */
export interface Route {
  readonly number: number;
  readonly stream: boolean;
  readonly input: number;
  readonly output: number;
}
