import { GridError } from '../errors.ts';
import { Malformed, type Reader } from '../wire/bytes.ts';
import { EAGER, END, LARGE, OF_STREAM, type Failure } from '../wire/frames.ts';
import type { Surroundings } from './context.ts';
import type { Host } from './host.ts';
import type { Inbox } from './inbox.ts';
import type { Outflow } from './outflow.ts';
import type { Registry } from './registry.ts';
import { failing, readOpening, refusal, type Opening } from './serve.ts';
import { ServedStream } from './served_stream.ts';

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
  readonly #registry: Registry;
  readonly #surroundings: Surroundings;
  readonly #open = new Map<number | bigint, StreamEnd>();
  readonly #unopened = new Set<Unopened>(); // whose first frame was not written
  #next = 1; // a dialer's are odd
  #last: number | bigint = 0; // of the other end's
  #served = 0;

  constructor(host: Host, registry: Registry, surroundings: Surroundings) {
    this.#host = host;
    this.#registry = registry;
    this.#surroundings = surroundings;
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
      if (s instanceof ServedStream) this.#served--;
      this.#host.large.drop(OF_STREAM, s.id);
    }
    this.#host.settled();
  }

  /** Handles an open frame. */
  open(r: Reader, leaving: boolean): void {
    const id = r.id();
    if (BigInt(id) % 2n !== 0n || id <= this.#last) throw new Malformed(`a stream of the acceptor with the number ${id}`);
    this.#last = id;
    const o = readOpening(r, this.#registry, true), why = this.#unfit(o, leaving);
    if (why) {
      this.#host.refuse(failing(END, [id, 1], why));
      return;
    }
    const s = new ServedStream(this.#host, this, this.#surroundings, id, o);
    this.#open.set(id, s);
    this.#served++;
    if (o.size > 0) this.#host.large.announce(OF_STREAM, id, o.size, (payload) => void s.run(payload));
    else void s.run(r.rest());
  }

  #unfit({ served, size }: Opening, leaving: boolean): Failure | undefined {
    const { limits, large } = this.#host;
    if (leaving) return refusal('unavailable', 'this end is going away');
    if (!served) return refusal('unknown_handler', 'no handler has this route here');
    if (served.handler.kind !== 'stream') return refusal('incompatible', `${served.handler.name} is no stream`);
    if (this.#served >= limits.openStreams) return refusal('resource_exhausted', `${limits.openStreams} streams are open`);
    if (large.unread > limits.unread) return refusal('resource_exhausted', `streams hold ${large.unread} bytes unread`);
    if (size > limits.message) return refusal('too_large', `the payload has ${size} bytes, at most ${limits.message} are taken`);
    return undefined;
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
