import type { Priority, UnaryHandler } from '../contract.ts';
import { GridError } from '../errors.ts';
import { Malformed, type Reader, type Writer } from '../wire/bytes.ts';
import { EAGER, END, ERROR, type Failure, HEAD, LARGE, OF_CALL, OF_REPLY, OF_STREAM, REPLY } from '../wire/frames.ts';
import { Context } from './context.ts';
import { failureOf, textOf } from './failures.ts';
import type { Timed } from './deadlines.ts';
import type { Host } from './host.ts';
import { type Opening, failing, readOpening, refusal } from './opening.ts';
import type { Entry, Transfer } from './out.ts';
import type { Serves } from './offer.ts';
import type { Registry, Served } from './registry.ts';
import { ServedStream } from './served_stream.ts';
import type { Streams } from './streams.ts';

const none = /* @__PURE__ */ new Uint8Array(0);

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

/** ServedCalls are the calls of the other end, and what opens its streams. */
export class ServedCalls implements Serves {
  readonly #host: Host;
  readonly #registry: Registry;
  readonly #streams: Streams;
  readonly #running = new Map<number | bigint, Running>();
  #open = 0; // streams

  constructor(host: Host, streams: Streams, registry: Registry) {
    this.#host = host;
    this.#streams = streams;
    this.#registry = registry;
  }

  get running(): number {
    return this.#running.size;
  }

  called(r: Reader, leaving: boolean): void {
    const id = r.id();
    if (id === 0) throw new Malformed('a call with id 0');
    if (this.#running.has(id)) throw new Malformed(`a second call with the id of one that runs: ${id}`);
    const o = readOpening(r, this.#registry, false), why = this.#unfit(o, leaving, false);
    if (why) {
      this.#host.refuse(failing(ERROR, [id], why));
      return;
    }
    const served = o.served!, context = new Context(this.#host, served.handler.name, served.subroute, o.metadata, o.deadline);
    const call = new Running(this, id, served, context, o.deadline);
    this.#running.set(id, call);
    this.#host.deadlines.add(call);
    if (o.size > 0) this.#host.large.announce(OF_CALL, id, o.size, (payload) => call.run(payload));
    else call.run(r.rest());
  }

  opened(id: number | bigint, r: Reader, leaving: boolean): void {
    const o = readOpening(r, this.#registry, true), why = this.#unfit(o, leaving, true);
    if (why) {
      this.#host.refuse(failing(END, [id, 1], why));
      return;
    }
    const s = new ServedStream(this.#host, id, o, () => {
      this.#open--;
      this.#streams.over(s);
    });
    this.#streams.add(s);
    this.#open++;
    if (o.size > 0) this.#host.large.announce(OF_STREAM, id, o.size, (payload) => void s.run(payload));
    else void s.run(r.rest());
  }

  #unfit({ served, size }: Opening, leaving: boolean, stream: boolean): Failure | undefined {
    const { limits, large } = this.#host;
    if (leaving) return refusal('unavailable', 'this end is going away');
    if (!served) return refusal('unknown_handler', 'no handler has this route here');
    if ((served.handler.kind === 'stream') !== stream) return refusal('incompatible', `${served.handler.name} is ${stream ? 'no' : 'a'} stream`);
    if (!stream && this.#running.size >= limits.runningCalls) return refusal('resource_exhausted', `${limits.runningCalls} calls are running`);
    if (stream && this.#open >= limits.openStreams) return refusal('resource_exhausted', `${limits.openStreams} streams are open`);
    if (stream && large.unread > limits.unread) return refusal('resource_exhausted', `streams hold ${large.unread} bytes unread`);
    if (size > limits.message) return refusal('too_large', `the ${stream ? 'payload' : 'request'} has ${size} bytes, at most ${limits.message} are taken`);
    return undefined;
  }

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

  close(why: GridError): void {
    for (const call of [...this.#running.values()]) {
      call.over = true;
      call.context.end(why);
    }
    this.#running.clear();
  }
}
