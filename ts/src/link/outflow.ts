import type { Priority } from '../contract.ts';
import { GridError } from '../errors.ts';
import { Malformed, type Writer } from '../wire/bytes.ts';
import { BATCH, EAGER, END, HEAD, LARGE, MAX_CREDIT_BYTES, MAX_CREDIT_MESSAGES, MESSAGE, OF_STREAM, RESET } from '../wire/frames.ts';
import type { Host } from './host.ts';
import { type Entry, type Transfer, numbers } from './out.ts';
import { Queue } from './queue.ts';

/** Waiting is a message that waits for credit, and who waits for it. */
interface Waiting {
  readonly payload: Uint8Array;
  readonly written: () => void;
  readonly failed: (error: GridError) => void;
}

/**
 * Outflow is what a stream sends, in order: an opening, messages as credit allows, and
 * then an end or a reset. It is an entry of the outbox, one frame at a time, so that streams
 * take turns.
 */
export class Outflow implements Entry, Transfer {
  readonly target: number = OF_STREAM;
  id: number | bigint = 0;
  over = false;
  at = 0;
  payload: Uint8Array = new Uint8Array(0); // the large message that is under way
  readonly #host: Host;
  readonly #priority: Priority;
  #messages: number;
  #window: number;
  readonly #waiting = new Queue<Waiting>();
  #opening: Opener | undefined;
  #last: Entry | undefined; // the end, behind all messages
  #large: 'none' | 'announced' | 'granted' = 'none';
  #queued = false;
  #ahead = 0; // bytes of what waits
  #error: GridError | undefined;

  constructor(host: Host, messages: number, priority: Priority) {
    this.#host = host;
    this.#priority = priority;
    this.#messages = messages;
    this.#window = host.peer.window;
  }

  /** Sends an opening first. Nothing else is sent before it, nor before it is complete. */
  open(opening: Opener): void {
    this.#opening = opening;
    this.#ready();
  }

  get unopened(): boolean {
    return this.#opening !== undefined;
  }

  /** Sends a message. The promise is kept when there is room for another one. */
  send(payload: Uint8Array): Promise<void> {
    if (this.#error) return Promise.reject(this.#error);
    const { message, name } = this.#host.peer;
    if (payload.length > message) {
      return Promise.reject(new GridError('too_large', `the message has ${payload.length} bytes, ${name} takes ${message}`));
    }
    const ahead = (this.#ahead += payload.length);
    if (ahead <= BATCH && this.#large === 'none' && this.#messages > this.#waiting.length + 1 && this.#window > ahead) {
      this.#waiting.push({ payload, written: nothing, failed: nothing });
      this.#ready();
      return done;
    }
    const sent = new Promise<void>((written, failed) => this.#waiting.push({ payload, written, failed }));
    sent.catch(nothing); // who does not wait for it is told by the end of the stream
    this.#ready();
    return sent;
  }

  /** Ends the flow behind all that waits. */
  end(last: Entry): void {
    if (this.over || this.#last) return;
    this.#last = last;
    this.#error ??= new GridError('canceled', 'the input of the stream was ended here');
    this.#ready();
  }

  /** Ends the flow at once, with a reset if the other end knows of the stream. */
  reset(code: string, error: GridError): void {
    if (this.over) return;
    const known = !this.unopened && this.id !== 0, id = this.id;
    this.stop(error);
    if (known) this.#host.out.push(resetOf(id, code), this.#priority);
  }

  /** A reset behind all that was sent, for a message that cannot be. */
  breakOff(code: string, error: GridError): void {
    this.#error ??= error;
    this.#last = undefined;
    this.end(resetOf(() => this.id, code));
  }

  /** Ends the flow at once: nothing more is written. */
  stop(error: GridError): void {
    if (this.over) return;
    this.over = true;
    this.#error = error;
    this.#opening = undefined;
    for (let w = this.#waiting.shift(); w !== undefined; w = this.#waiting.shift()) w.failed(error);
  }

  credit(messages: number, bytes: number): void {
    if (messages > MAX_CREDIT_MESSAGES || bytes > MAX_CREDIT_BYTES) throw new Malformed('credit of more than may be given at once');
    this.#messages += messages;
    this.#window += bytes;
    if (this.#messages > 2 * MAX_CREDIT_MESSAGES || this.#window > MAX_CREDIT_BYTES) throw new Malformed('credit of more than a stream may have');
    this.#ready();
  }

  granted(): void {
    if (this.#large !== 'announced' || this.over) return;
    this.#large = 'granted';
    this.#host.out.transfer(this, this.#priority);
  }

  sent(): void {
    this.#large = 'none';
    this.payload = new Uint8Array(0);
    if (this.#opening) {
      this.#opening.complete();
      this.#opening = undefined;
    }
    this.#ready();
  }

  get size(): number {
    if (!this.#mayWrite()) {
      this.#queued = false;
      return 0;
    }
    if (this.#opening) return this.#opening.size;
    const next = this.#waiting.first;
    return next ? HEAD + (next.payload.length > EAGER ? 0 : next.payload.length) : this.#last!.size;
  }

  write(w: Writer): void {
    this.#queued = false;
    if (this.#opening) this.#open(w, this.#opening);
    else if (this.#waiting.length > 0) this.#message(w, this.#waiting.shift()!);
    else {
      this.over = true;
      this.#last!.write(w);
    }
    this.#ready();
  }

  #open(w: Writer, opening: Opener): void {
    this.id = opening.write(w);
    if (opening.payload.length > EAGER) this.#announced(opening.payload);
    else {
      opening.complete();
      this.#opening = undefined;
    }
  }

  #message(w: Writer, { payload, written }: Waiting): void {
    const large = payload.length > EAGER, begun = w.begin(MESSAGE, HEAD + (large ? 0 : payload.length));
    w.uint(this.id);
    w.byte(large ? LARGE : 0);
    if (large) w.uint(payload.length);
    else w.raw(payload);
    w.end(begun);
    this.#messages--;
    this.#window -= payload.length;
    this.#ahead -= payload.length;
    if (large) this.#announced(payload);
    written();
  }

  #announced(payload: Uint8Array): void {
    this.#large = 'announced';
    this.payload = payload;
    this.at = 0;
  }

  #mayWrite(): boolean {
    if (this.over || this.#large !== 'none') return false;
    if (this.#opening) return true;
    return this.#waiting.length > 0 ? this.#messages > 0 && this.#window > 0 : this.#last !== undefined;
  }

  #ready(): void {
    if (this.#queued || !this.#mayWrite()) return;
    this.#queued = true;
    this.#host.out.push(this, this.#priority);
  }
}

const nothing = (): void => undefined;
const done = Promise.resolve();

/** Opener is the frame that begins a stream, which gets its number only when it is written. */
export interface Opener {
  readonly size: number;
  readonly payload: Uint8Array;
  write(w: Writer): number;
  /** The payload was written whole. */
  complete(): void;
}

function resetOf(id: number | bigint | (() => number | bigint), code: string): Entry {
  return {
    size: HEAD + code.length,
    write(w: Writer): void {
      const begun = w.begin(RESET, this.size);
      w.uint(OF_STREAM);
      w.uint(typeof id === 'function' ? id() : id);
      w.bytes(new TextEncoder().encode(code));
      w.end(begun);
    },
  };
}

/** The end of a client's input. */
export const goodEnd = (id: () => number | bigint): Entry => ({
  size: HEAD,
  write: (w: Writer): void => numbers(w, END, id(), 0),
});
