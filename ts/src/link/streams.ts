import { GridError } from '../errors.ts';
import { Malformed, type Reader } from '../wire/bytes.ts';
import { EAGER, LARGE, OF_STREAM } from '../wire/frames.ts';
import type { Host } from './host.ts';
import type { Inbox } from './inbox.ts';
import type { Outflow } from './outflow.ts';

/** StreamEnd is one end of a stream, as the frames for it see it. */
export interface StreamEnd {
  readonly id: number | bigint;
  readonly inbox: Inbox | undefined;
  readonly flow: Outflow;
  onEnd(r: Reader): void;
  onReset(code: string): void;
  /** A message is larger than this end takes. */
  onTooLarge(size: number): void;
  /** The link is lost. */
  cut(error: GridError): void;
}

interface Unopened extends StreamEnd {
  readonly outcome: string;
}

/** Streams are those of a link, of both ends. */
export class Streams {
  readonly #host: Host;
  readonly #open = new Map<number | bigint, StreamEnd>();
  readonly #unopened = new Set<Unopened>(); // whose first frame was not written
  #next = 1; // a dialer's are odd
  #last: number | bigint = 0; // of the other end's

  constructor(host: Host) {
    this.#host = host;
  }

  get running(): number {
    return this.#open.size + this.#unopened.size;
  }

  /** A stream of this end waits for its opening to be written. */
  began(s: Unopened): void {
    this.#unopened.add(s);
  }

  /** Gives a stream its number: its opening is being written. */
  opened(s: Unopened): number {
    const id = this.#next;
    this.#next += 2;
    this.#unopened.delete(s);
    this.#open.set(id, s);
    return id;
  }

  over(s: StreamEnd): void {
    this.#unopened.delete(s as Unopened);
    if (s.id !== 0 && this.#open.get(s.id) === s) {
      this.#open.delete(s.id);
      this.#host.large.drop(OF_STREAM, s.id);
    }
    this.#host.settled();
  }

  /** Reads the number of a stream of the other end, whose opening has come. */
  number(r: Reader): number | bigint {
    const id = r.id();
    if (BigInt(id) % 2n !== 0n || id <= this.#last) throw new Malformed(`a stream of the acceptor with the number ${id}`);
    return (this.#last = id);
  }

  /** Adds a stream of the other end. */
  add(s: StreamEnd): void {
    this.#open.set(s.id, s);
  }

  message(r: Reader): void {
    const s = this.#find(r.id(), 'message'), flags = r.uint();
    if (flags & ~LARGE) throw new Malformed('a message with flags that there are not');
    const size = flags & LARGE ? r.uint() : r.end - r.at;
    if (!(flags & LARGE) && size > EAGER) throw new Malformed(`a payload of ${size} bytes in one frame`);
    if (flags & LARGE && size <= EAGER) throw new Malformed(`a message of ${size} bytes was announced as a large one`);
    if (!s) return;
    const { large, limits } = this.#host, inbox = s.inbox;
    if (!inbox) throw new Malformed('a message for a direction that there is not');
    if (inbox.ended) throw new Malformed('a message after the end of its direction');
    if (large.has(OF_STREAM, s.id)) throw new Malformed('a message behind a large one that is not complete');
    inbox.charge(size);
    if (!(flags & LARGE)) inbox.put(r.rest());
    else if (size > limits.message) s.onTooLarge(size);
    else large.announce(OF_STREAM, s.id, size, (payload) => inbox.put(payload), inbox);
  }

  end(r: Reader): void {
    this.#find(r.id(), 'end')?.onEnd(r);
  }

  credit(id: number | bigint, messages: number, bytes: number): void {
    this.#find(id, 'credit')?.flow.credit(messages, bytes);
  }

  reset(id: number | bigint, code: string): void {
    this.#open.get(id)?.onReset(code);
  }

  granted(id: number | bigint): void {
    this.#open.get(id)?.flow.granted();
  }

  /** Finds a stream; undefined is one that is over. */
  #find(id: number | bigint, what: string): StreamEnd | undefined {
    const s = this.#open.get(id);
    if (s) return s;
    const ours = BigInt(id) % 2n !== 0n;
    if (ours ? id >= this.#next : id > this.#last || id === 0) throw new Malformed(`a ${what} for stream ${id}, which was never opened`);
    return undefined;
  }

  /** Ends those that were not opened yet: the other end takes no more. */
  drop(text: string): void {
    for (const s of [...this.#unopened]) s.cut(new GridError('unavailable', text, { outcome: 'not sent' }));
  }

  close(why: GridError): void {
    for (const s of [...this.#unopened]) s.cut(new GridError(why.code, why.text, { outcome: 'not sent', cause: why }));
    for (const s of [...this.#open.values()]) s.cut(new GridError(why.code, why.text, { outcome: 'may have run', cause: why }));
  }
}
