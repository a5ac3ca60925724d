import type { Priority } from '../contract.ts';
import { Writer, encodeText } from '../wire/bytes.ts';
import { BATCH, CHUNK, CREDIT, GRANT, HEAD, MAX_CHUNK_WINDOW, OF_SESSION, PONG } from '../wire/frames.ts';
import { Queue } from './queue.ts';

/** Entry waits for its turn in a lane. It is asked for its size when the turn comes, and then writes one frame. */
export interface Entry {
  /** The most bytes that it takes; 0 where it has nothing to write any more. */
  readonly size: number;
  write(w: Writer): void;
}

/** Transfer is a large message that was granted, and goes out in chunks. */
export interface Transfer {
  readonly target: number;
  readonly id: number | bigint;
  readonly payload: Uint8Array;
  /** Bytes that were written. */
  at: number;
  /** Given up: nothing more is written. */
  readonly over: boolean;
  /** The last chunk was written. */
  sent(): void;
}

/** Where batches go. */
export interface Sink {
  readonly bufferedAmount: number;
  /** Takes a copy of a batch; where it can, it calls back when that was written. */
  send(batch: Uint8Array, sent?: () => void): void;
}

/**
 * With more than this in the socket the rest waits here, where it has an order: small
 * messages pass large ones.
 */
const ENOUGH = 512 << 10;

/** A message that has at most so much left is sent without taking turns with others. */
const SHORT_REST = 1 << 20;

/** What a byte costs a lane: small frames of high, normal and low, then large messages likewise. */
const stride = [1, 2, 16, 4, 8, 64] as const;
const lanes: Record<Priority, number> = { high: 0, normal: 1, low: 2 };

const piece = 16; // what a chunk frame takes beside its piece, at most

/**
 * Outbox puts what waits into batches, when the code that runs has nothing more to add.
 * Lanes share by weight, so that each moves (stride scheduling). The link owns it.
 */
export class Outbox {
  /** Bytes of chunks that may be sent. */
  room: number;
  /** When something was written, by performance.now(). */
  wrote: number = performance.now();
  /** All the room for chunks that was given to the other end, after that of the hello. */
  gaveRoom = 0;
  /** The number of the last ping that waits for its answer. */
  owedPong: number | bigint | undefined;

  readonly #sink: Sink;
  readonly #broken: (error: unknown) => void;
  readonly #w = new Writer(BATCH + HEAD);
  readonly #answers = new Queue<Entry>();
  readonly #refusals = new Queue<Entry>();
  readonly #owed: readonly Queue<Entry>[] = [this.#answers, this.#refusals];
  readonly #small: readonly Queue<Entry>[] = [new Queue(), new Queue(), new Queue()];
  readonly #large: readonly Queue<Transfer>[] = [new Queue(), new Queue(), new Queue()];
  readonly #clock = [0, 0, 0, 0, 0, 0];
  #now = 0; // the clock of the lane that wrote last
  #added = 0;
  #seen = 0;
  #rounds = 0;
  #scheduled = false;
  #owedRoom = 0;
  #giveRoom = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(sink: Sink, room: number, broken: (error: unknown) => void) {
    this.#sink = sink;
    this.#broken = broken;
    this.room = room;
  }

  /** Puts an entry behind others of its lane. */
  push(entry: Entry, priority: Priority = 'normal'): void {
    const lane = lanes[priority], queue = this.#small[lane]!;
    if (queue.length === 0) this.#wake(lane);
    queue.push(entry);
    this.schedule();
  }

  /** Puts a grant, or another answer that cannot be merged, before all lanes. The count of those that wait is returned. */
  answer(entry: Entry): number {
    this.#answers.push(entry);
    this.schedule();
    return this.#answers.length;
  }

  /** Likewise a refusal of a call or a stream. */
  refuse(entry: Entry): number {
    this.#refusals.push(entry);
    this.schedule();
    return this.#refusals.length;
  }

  /** Sends a large message that was granted. */
  transfer(t: Transfer, priority: Priority = 'normal'): void {
    const lane = lanes[priority], queue = this.#large[lane]!;
    if (queue.length === 0) this.#wake(lane + 3);
    queue.push(t);
    this.schedule();
  }

  /** Adds to the room for chunks. */
  credit(bytes: number): boolean {
    this.room += bytes;
    this.schedule();
    return this.room <= MAX_CHUNK_WINDOW;
  }

  /** Owes room for chunks that came; it is given once so much is owed. */
  giveRoom(bytes: number, enough: number): void {
    this.#owedRoom += bytes;
    if (this.#owedRoom < enough || this.#giveRoom) return;
    this.#giveRoom = true;
    this.schedule();
  }

  /** Whether all is written that waited. */
  get empty(): boolean {
    return this.#owed.every((q) => q.length === 0) && this.owedPong === undefined && this.#small.every((q) => q.length === 0) && this.#large.every((q) => q.length === 0);
  }

  /** Has a batch made soon: behind all that the code which runs now still adds. */
  schedule(): void {
    this.#added++;
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    this.#rounds = 0;
    queueMicrotask(this.#tick);
  }

  /**
   * Code that was woken by one batch goes on in microtasks, one after the other, and adds
   * what it sends. While it does, the batch waits for some of them.
   */
  readonly #tick = (): void => {
    if (this.#added !== this.#seen && this.#rounds++ < 64) {
      this.#seen = this.#added;
      queueMicrotask(this.#tick);
      return;
    }
    this.#scheduled = false;
    this.flush();
  };

  /** Writes batches as long as the socket takes them. */
  flush(): void {
    if (this.#closed) return;
    try {
      while (this.#sink.bufferedAmount <= ENOUGH) {
        this.#w.at = 0;
        this.#fill(this.#w);
        if (this.#w.at === 0) return;
        this.wrote = performance.now();
        const batch = this.#w.written();
        if (batch.length < BATCH / 2) this.#sink.send(batch);
        else this.#sink.send(batch, this.pressed);
      }
    } catch (error) {
      this.#broken(error);
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.flush();
    }, 1);
  }

  /** Something came in or went out, so what waits for the socket may go: timers are late, and those of hidden pages slow. */
  readonly pressed = (): void => {
    if (this.#timer !== undefined) this.flush();
  };

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const q of [...this.#owed, ...this.#small, ...this.#large]) q.clear();
  }

  #wake(cls: number): void {
    this.#clock[cls] = Math.max(this.#clock[cls]!, this.#now);
  }

  /** Makes one batch. */
  #fill(w: Writer): void {
    this.#controls(w);
    for (;;) {
      const cls = this.#turn();
      if (cls < 0) return;
      const before = w.at;
      if (!(cls < 3 ? this.#writeSmall(w, this.#small[cls]!) : this.#writePiece(w, this.#large[cls - 3]!))) return;
      this.#now = this.#clock[cls]!;
      this.#clock[cls]! += (w.at - before) * stride[cls]!;
    }
  }

  /** Control frames take at most half of a batch while others wait. */
  #controls(w: Writer): void {
    if (this.#giveRoom) {
      numbers(w, CREDIT, OF_SESSION, 0, 0, this.#owedRoom);
      this.gaveRoom += this.#owedRoom;
      this.#owedRoom = 0;
      this.#giveRoom = false;
    }
    for (const queue of this.#owed) {
      for (let e = queue.first; e !== undefined && (w.at === 0 || w.at + e.size <= BATCH / 2); e = queue.first) {
        queue.shift();
        if (e.size > 0) e.write(w);
      }
    }
    if (this.owedPong !== undefined && this.#refusals.length === 0) { // behind all refusals
      numbers(w, PONG, this.owedPong);
      this.owedPong = undefined;
    }
  }

  /** The lane whose clock is furthest behind, of those that have something to write. */
  #turn(): number {
    let best = -1;
    for (let cls = 0; cls < 6; cls++) {
      if (cls < 3 ? this.#small[cls]!.length === 0 : this.room <= 0 || this.#large[cls - 3]!.length === 0) continue;
      if (best < 0 || this.#clock[cls]! < this.#clock[best]!) best = cls;
    }
    return best;
  }

  #writeSmall(w: Writer, queue: Queue<Entry>): boolean {
    const entry = queue.first!, size = entry.size;
    if (w.at > 0 && w.at + size > BATCH) return false;
    queue.shift();
    if (size > 0) entry.write(w);
    return true;
  }

  #writePiece(w: Writer, queue: Queue<Transfer>): boolean {
    const t = queue.first!;
    if (t.over) {
      queue.shift();
      return true;
    }
    const left = t.payload.length - t.at, space = BATCH - w.at - piece;
    const n = Math.min(left, this.room, space);
    if (n < Math.min(left, this.room, 4096)) return false;
    const body = t.payload.subarray(t.at, t.at + n);
    const begun = w.begin(CHUNK, n + piece);
    w.byte(t.target);
    w.uint(t.id);
    w.raw(body);
    w.end(begun);
    t.at += n;
    this.room -= n;
    if (n === left) {
      queue.shift();
      t.sent();
    } else if (left - n > SHORT_REST && queue.length > 1) {
      queue.shift();
      queue.push(t);
    }
    return true;
  }
}

/** Writes a frame of numbers. */
export function numbers(w: Writer, kind: number, ...body: readonly (number | bigint)[]): void {
  const begun = w.begin(kind, HEAD);
  for (const n of body) w.uint(n);
  w.end(begun);
}

/** An entry that writes a frame of numbers, and short texts behind them. */
export function frame(kind: number, body: readonly (number | bigint)[], ...texts: readonly string[]): Entry {
  const tail = texts.map(encodeText);
  return {
    size: tail.reduce((n, text) => n + text.length, HEAD),
    write(w: Writer): void {
      const begun = w.begin(kind, this.size);
      for (const n of body) w.uint(n);
      for (const text of tail) w.bytes(text);
      w.end(begun);
    },
  };
}

/** A grant of a large message. */
export const grant = (target: number, id: number | bigint): Entry => frame(CREDIT, [GRANT + target, id, 0, 0]);
