import type { Priority, UnaryHandler } from '../contract.ts';
import { GridError } from '../errors.ts';
import { Malformed, type Reader, type Writer } from '../wire/bytes.ts';
import { EAGER, ERROR, type Failure, HEAD, LARGE, OF_CALL, OF_REPLY, REPLY, WITH_METADATA, readMetadata, writeFailure } from '../wire/frames.ts';
import { Context, type Surroundings } from './context.ts';
import { failureOf, textOf } from './failures.ts';
import type { Timed } from './deadlines.ts';
import type { Host } from './host.ts';
import type { Entry, Transfer } from './out.ts';
import type { Registry, Served } from './registry.ts';

const none = new Uint8Array(0);

/** A failure that says that nothing ran. */
export const refusal = (code: string, text: string): Failure => ({ outcome: 'rejected', code, text, detail: none });

/** A frame of an id, numbers and a failure: an error, or the end of a stream. */
export function failing(kind: number, head: readonly (number | bigint)[], failure: Failure): Entry {
  const size = HEAD + 6 * failure.text.length + 6 * failure.code.length + failure.detail.length;
  return {
    size: Math.min(size, HEAD + 4600 + failure.detail.length),
    write(w: Writer): void {
      const begun = w.begin(kind, this.size);
      for (const n of head) w.uint(n);
      writeFailure(w, failure);
      w.end(begun);
    },
  };
}

/** Opening is the head of a call or open frame, behind its id. */
export interface Opening {
  readonly served: Served | undefined;
  readonly deadline: number;
  readonly credit: number;
  readonly metadata: Record<string, string> | undefined;
  /** Of a large payload that follows, else 0. */
  readonly size: number;
}

/** Reads what call and open have in common; a call has no credit. */
export function readOpening(r: Reader, registry: Registry, credit: boolean): Opening {
  const served = registry.all[r.uint()], timeout = r.uint();
  const messages = credit ? Math.min(r.uint(), 65_535) : 0, flags = r.uint();
  if (flags & ~(LARGE | WITH_METADATA)) throw new Malformed('a call or open with flags that there are not');
  const metadata = flags & WITH_METADATA ? readMetadata(r) : undefined;
  const size = flags & LARGE ? r.uint() : 0;
  if (flags & LARGE && size <= EAGER) throw new Malformed(`a payload of ${size} bytes was announced as a large one`);
  if (!(flags & LARGE) && r.end - r.at > EAGER) throw new Malformed(`a payload of ${r.end - r.at} bytes in one frame`);
  return { served, deadline: timeout === 0 ? Infinity : performance.now() + timeout / 1000, credit: messages, metadata, size };
}

/** Running is a call that is served: from its frame until its answer is about to be written. */
class Running implements Entry, Transfer, Timed {
  readonly target: number = OF_REPLY;
  readonly id: number | bigint;
  readonly deadline: number;
  readonly handler: UnaryHandler;
  readonly context: Context;
  payload: Uint8Array = none; // the answer
  at = 0;
  over = false;
  granted = false;
  answered = false;
  readonly #calls: ServedCalls;
  readonly #served: Served;

  constructor(calls: ServedCalls, id: number | bigint, served: Served, context: Context, deadline: number) {
    this.#calls = calls;
    this.#served = served;
    this.id = id;
    this.handler = served.handler as UnaryHandler;
    this.context = context;
    this.deadline = deadline;
  }

  get priority(): Priority {
    return this.handler.priority ?? 'normal';
  }

  get large(): boolean {
    return this.payload.length > EAGER;
  }

  get size(): number {
    return this.over ? 0 : HEAD + (this.large ? 0 : this.payload.length);
  }

  run(payload: Uint8Array): void {
    if (this.over) return;
    let request: unknown;
    try {
      request = this.handler.decode(payload);
    } catch (error) {
      this.#calls.fail(this, refusal('invalid_argument', `the request cannot be decoded: ${textOf(error)}`));
      return;
    }
    try {
      const { invoke } = this.#served, result = this.handler.noRequest ? invoke(this.context) : invoke(request, this.context);
      if (isThenable(result)) result.then(this.#returned, this.#threw);
      else this.#returned(result);
    } catch (error) {
      this.#threw(error);
    }
  }

  readonly #returned = (response: unknown): void => {
    let answer: Uint8Array;
    try {
      answer = this.handler.encode(response);
    } catch (error) {
      this.#calls.fail(this, { outcome: 'ran', code: 'internal', text: `the answer cannot be encoded: ${textOf(error)}`, detail: none });
      return;
    }
    this.#calls.answer(this, answer);
  };

  readonly #threw = (error: unknown): void => this.#calls.threw(this, error);

  write(w: Writer): void {
    const begun = w.begin(REPLY, this.size);
    w.uint(this.id);
    w.byte(this.large ? LARGE : 0);
    if (this.large) w.uint(this.payload.length);
    else w.raw(this.payload);
    if (!this.large) this.#calls.end(this);
    w.end(begun);
  }

  sent(): void {
    this.#calls.end(this);
  }

  expire(): void {
    this.context.end(new GridError('deadline_exceeded', 'the time of the call is over'));
  }
}

const isThenable = (v: unknown): v is PromiseLike<unknown> =>
  typeof v === 'object' && v !== null && typeof (v as { then?: unknown }).then === 'function';

/** ServedCalls are the calls of the other end. */
export class ServedCalls {
  readonly #host: Host;
  readonly #registry: Registry;
  readonly #surroundings: Surroundings;
  readonly #running = new Map<number | bigint, Running>();

  constructor(host: Host, registry: Registry, surroundings: Surroundings) {
    this.#host = host;
    this.#registry = registry;
    this.#surroundings = surroundings;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Handles a call frame; leaving says that this end has sent its goaway. */
  called(r: Reader, leaving: boolean): void {
    const id = r.id();
    if (id === 0) throw new Malformed('a call with id 0');
    if (this.#running.has(id)) throw new Malformed(`a second call with the id of one that runs: ${id}`);
    const o = readOpening(r, this.#registry, false), why = this.#unfit(o, leaving);
    if (why) {
      this.#host.refuse(failing(ERROR, [id], why));
      return;
    }
    const served = o.served!, context = new Context(this.#surroundings, served.handler.name, served.subroute, o.metadata, o.deadline);
    const call = new Running(this, id, served, context, o.deadline);
    this.#running.set(id, call);
    this.#host.deadlines.add(call);
    if (o.size > 0) this.#host.large.announce(OF_CALL, id, o.size, (payload) => call.run(payload));
    else call.run(r.rest());
  }

  #unfit({ served, size }: Opening, leaving: boolean): Failure | undefined {
    const { limits } = this.#host;
    if (leaving) return refusal('unavailable', 'this end is going away');
    if (!served) return refusal('unknown_handler', 'no handler has this route here');
    if (served.handler.kind !== 'unary') return refusal('incompatible', `${served.handler.name} is a stream`);
    if (this.#running.size >= limits.runningCalls) return refusal('resource_exhausted', `${limits.runningCalls} calls are running`);
    if (size > limits.message) return refusal('too_large', `the request has ${size} bytes, at most ${limits.message} are taken`);
    return undefined;
  }

  /** Handles a reset: the client has given its call up. */
  reset(id: number | bigint, code: string): void {
    const call = this.#running.get(id);
    if (!call) return;
    const began = !this.#host.large.has(OF_CALL, id);
    this.#host.large.drop(OF_CALL, id);
    call.context.end(new GridError(code === 'deadline_exceeded' ? code : 'canceled', 'the client has given up', { remote: true }));
    call.over = true;
    if (!began || call.answered) this.end(call);
  }

  granted(id: number | bigint): void {
    const call = this.#running.get(id);
    if (!call?.large || call.granted) return;
    call.granted = true;
    this.#host.out.transfer(call, call.priority);
  }

  answer(call: Running, payload: Uint8Array): void {
    const { peer, out } = this.#host;
    if (call.over) {
      this.end(call);
    } else if (payload.length > peer.message) {
      this.fail(call, { outcome: 'ran', code: 'too_large', text: `the answer has ${payload.length} bytes, ${peer.name} takes ${peer.message}`, detail: none });
    } else {
      call.payload = payload;
      call.answered = true;
      this.#host.deadlines.delete(call);
      out.push(call, call.priority);
    }
  }

  threw(call: Running, error: unknown): void {
    if (call.over) this.end(call);
    else this.fail(call, failureOf(error, call.handler, this.#host.report));
  }

  fail(call: Running, failure: Failure): void {
    this.end(call);
    if (failure.outcome === 'rejected') this.#host.refuse(failing(ERROR, [call.id], failure));
    else this.#host.out.push(failing(ERROR, [call.id], failure), call.priority);
  }

  /** Frees the slot. */
  end(call: Running): void {
    if (this.#running.get(call.id) === call) this.#running.delete(call.id);
    this.#host.deadlines.delete(call);
    this.#host.settled();
  }

  /** Cancels all, for the link is lost. */
  close(why: GridError): void {
    for (const call of [...this.#running.values()]) {
      call.over = true;
      call.context.end(why);
    }
    this.#running.clear();
  }
}
