import { Malformed } from '../wire/bytes.ts';
import { EAGER } from '../wire/frames.ts';
import type { Limits } from '../limits.ts';
import { given } from '../own.ts';

/** Assembly is a large message that is being put together. */
interface Assembly {
  readonly target: number;
  readonly id: number | bigint;
  readonly size: number;
  readonly reader: Reading | undefined;
  readonly done: (payload: Uint8Array) => void;
  buffer: Uint8Array | undefined; // once it is granted
  at: number;
}

/** What is asked of the stream that a large message is for. */
export interface Reading {
  /** Whether its reader waits and has nothing else to read. */
  readonly hungry: boolean;
}

/**
 * Assemblies puts together the large messages that come in, and grants them: in order,
 * and as many as the memory allows. Messages of streams that nobody reads wait, and hold
 * up no others. The link owns it.
 */
export class Assemblies {
  /** What all streams of the link hold unread, or were granted. */
  unread = 0;

  readonly #limits: Limits;
  readonly #grant: (target: number, id: number | bigint) => void;
  readonly #all: readonly Map<number | bigint, Assembly>[] = [new Map(), new Map(), new Map(), new Map()];
  // Those that wait for their grant, in order: of calls, and of streams.
  #calls: Assembly[] = [];
  #streams: Assembly[] = [];
  #held = 0; // bytes of granted messages that are not complete
  #largeUnread = 0; // of streams: granted, or not read

  constructor(limits: Limits, grant: (target: number, id: number | bigint) => void) {
    this.#limits = limits;
    this.#grant = grant;
  }

  /** Announces a message of at most Limits.message bytes; done gets it when it is complete. */
  announce(target: number, id: number | bigint, size: number, done: (payload: Uint8Array) => void, reader?: Reading): void {
    if (size <= EAGER) throw new Malformed(`a message of ${size} bytes was announced as a large one`);
    const of = this.#all[target]!;
    if (of.has(id)) throw new Malformed('a second large message came for the same call or stream');
    const a: Assembly = { target, id, size, reader, done, buffer: undefined, at: 0 };
    of.set(id, a);
    const before = reader ? this.#streams : this.#calls;
    if ((before.length > 0 && !reader?.hungry) || !this.#try(a)) before.push(a);
  }

  /** Whether a large message is under way there. */
  has(target: number, id: number | bigint): boolean {
    return this.#all[target]!.has(id);
  }

  /** Takes a piece. One that nobody waits for is dropped. */
  chunk(target: number, id: number | bigint, piece: Uint8Array): void {
    const a = this.#all[target]?.get(id);
    if (piece.length === 0) throw new Malformed('an empty chunk');
    if (a === undefined) return;
    if (a.buffer === undefined) throw new Malformed('a chunk came before its grant');
    if (a.at + piece.length > a.size) throw new Malformed('a chunk goes past the size of its message');
    a.buffer.set(piece, a.at);
    a.at += piece.length;
    if (a.at < a.size) return;
    this.#all[target]!.delete(id);
    this.#held -= a.size;
    given.add(a.buffer);
    a.done(a.buffer);
    this.regrant();
  }

  /** Gives a message up, if there is one. */
  drop(target: number, id: number | bigint): void {
    const a = this.#all[target]!.get(id);
    if (a === undefined) return;
    this.#all[target]!.delete(id);
    if (a.buffer === undefined) {
      const waiting = a.reader ? this.#streams : this.#calls;
      waiting.splice(waiting.indexOf(a), 1);
    } else {
      this.#held -= a.size;
      if (a.reader) this.release(a.size, true);
    }
    this.regrant();
  }

  /** Says that a message of a stream was read, or will not be. */
  release(size: number, large: boolean): void {
    this.unread -= size;
    if (large) this.#largeUnread -= size;
  }

  /** Grants what may come now: first what a reader waits for. */
  regrant(): void {
    while (this.#calls.length > 0 && this.#try(this.#calls[0]!)) this.#calls.shift();
    if (this.#streams.length === 0) return;
    this.#streams = this.#streams.filter((a) => !(a.reader!.hungry && this.#try(a)));
    while (this.#streams.length > 0 && this.#try(this.#streams[0]!)) this.#streams.shift();
  }

  #try(a: Assembly): boolean {
    if (this.#held > 0 && this.#held + a.size > this.#limits.reassembly) return false;
    if (a.reader) {
      const { unread, message } = this.#limits;
      const room = this.unread + a.size <= unread || (a.reader.hungry && this.#largeUnread + a.size <= unread + message);
      if (!room) return false;
      this.unread += a.size;
      this.#largeUnread += a.size;
    }
    this.#held += a.size;
    a.buffer = new Uint8Array(a.size);
    this.#grant(a.target, a.id);
    return true;
  }
}
