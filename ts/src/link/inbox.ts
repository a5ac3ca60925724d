import { GridError } from '../errors.ts';
import { Malformed } from '../wire/bytes.ts';
import { CREDIT, EAGER, HEAD, OF_STREAM } from '../wire/frames.ts';
import type { Writer } from '../wire/bytes.ts';
import type { Priority } from '../contract.ts';
import type { Host } from './host.ts';
import type { Reading } from './large.ts';
import { type Entry, numbers } from './out.ts';
import { Queue } from './queue.ts';

/**
 * Inbox holds what has come on a stream and was not read. It is bounded by the credit
 * that it gives: messages and bytes, which go back as they are read.
 */
export class Inbox implements Reading, Entry {
  id: number | bigint = 0;
  readonly #host: Host;
  readonly #priority: Priority;
  readonly #capacity: number;
  readonly #items = new Queue<Uint8Array>();
  #messages: number; // that may still come
  #window: number;
  #owedMessages = 0;
  #owedBytes = 0;
  #queued = false;
  #wake: (() => void) | undefined;
  #end: { readonly error: GridError | undefined } | undefined;

  constructor(host: Host, capacity: number, priority: Priority) {
    this.#host = host;
    this.#priority = priority;
    this.#capacity = capacity;
    this.#messages = capacity;
    this.#window = host.limits.streamWindow;
  }

  get hungry(): boolean {
    return this.#wake !== undefined && this.#items.length === 0;
  }

  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Takes a message of so many bytes off the credit of its sender. */
  charge(size: number): void {
    if (this.#messages <= 0) throw new Malformed('a message came without credit');
    if (this.#window <= 0) throw new Malformed('a message came for a window that is not open');
    this.#messages--;
    this.#window -= size;
  }

  /** Takes in a message that was charged; a large one is counted as unread already. */
  put(message: Uint8Array): void {
    if (message.length <= EAGER) this.#host.large.unread += message.length;
    if (this.#end) {
      this.#host.large.release(message.length, message.length > EAGER);
      return;
    }
    this.#items.push(message);
    this.#wakeUp();
  }

  /** Says that no more comes: with an error, or well. What is there can still be read. */
  end(error: GridError | undefined): void {
    this.#end ??= { error };
    this.#wakeUp();
  }

  /** Drops what is unread, for nobody reads on. */
  discard(error: GridError | undefined): void {
    this.end(error);
    for (let m = this.#items.shift(); m !== undefined; m = this.#items.shift()) this.#host.large.release(m.length, m.length > EAGER);
    this.#host.large.regrant();
  }

  /** The next message if it is here. */
  take(): Uint8Array | undefined {
    const message = this.#items.shift();
    if (message === undefined) return undefined;
    this.#host.large.release(message.length, message.length > EAGER);
    if (this.#end) return message;
    this.#owedMessages++;
    this.#owedBytes += message.length;
    if (!this.#queued && (this.#owedMessages * 2 >= this.#capacity || this.#owedBytes * 4 >= this.#host.limits.streamWindow)) {
      this.#queued = true;
      this.#host.out.push(this, this.#priority === 'low' ? 'normal' : this.#priority);
    }
    this.#host.large.regrant();
    return message;
  }

  /** Waits for a message; undefined is the good end. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const message = this.take();
      if (message !== undefined) return message;
      if (this.#end?.error) throw this.#end.error;
      if (this.#end) return undefined;
      await new Promise<void>((resolve) => {
        const before = this.#wake;
        this.#wake = before ? () => (before(), resolve()) : resolve;
        this.#host.large.regrant();
      });
    }
  }

  /** The frame that returns credit. */
  get size(): number {
    return this.#end ? 0 : HEAD;
  }

  write(w: Writer): void {
    numbers(w, CREDIT, OF_STREAM, this.id, this.#owedMessages, this.#owedBytes);
    this.#messages += this.#owedMessages;
    this.#window += this.#owedBytes;
    this.#owedMessages = this.#owedBytes = 0;
    this.#queued = false;
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
