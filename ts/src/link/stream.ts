import type { Duplex, Priority, StreamMethod } from '../contract.ts';
import { GridError, type Outcome } from '../errors.ts';
import { Malformed, type Reader, type Writer } from '../wire/bytes.ts';
import { EAGER, HEAD, LARGE, OF_STREAM, OPEN, WITH_METADATA, readFailure } from '../wire/frames.ts';
import { timeLeft } from './calls.ts';
import type { Timed } from './deadlines.ts';
import { errorOf, undecodable, unencodable } from './failures.ts';
import type { Host, Route } from './host.ts';
import { Inbox } from './inbox.ts';
import { type Opener, Outflow, goodEnd } from './outflow.ts';
import type { StreamEnd, Streams } from './streams.ts';

/** Begin is what opens a stream. */
export interface Begin {
  readonly payload: Uint8Array;
  readonly metadata: Uint8Array | undefined;
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
  /**
   * Opens the stream on the next link, where it waits for one and the error says that nothing
   * of it has run; false where it stays failed. Without it the stream is not opened again.
   */
  readonly again?: (error: GridError) => boolean;
}

const ended = { done: true, value: undefined } as const;

/** ClientStream is a stream that this end has opened, or will when there is a link. */
export class ClientStream<In, Out> implements Duplex<In, Out>, StreamEnd, Timed {
  deadline: number = Infinity;
  inbox: Inbox | undefined;
  readonly #method: StreamMethod<never, In, Out>;
  readonly #begin: Begin;
  #host: Host | undefined;
  #streams: Streams | undefined;
  #flow: Outflow | undefined;
  #over: { readonly error: GridError | undefined } | undefined;
  #inputEnded = false;
  #taken = false; // the other end has the stream, or nobody asked
  #started: () => void = () => undefined;
  readonly #ready: Promise<void> = new Promise((resolve) => (this.#started = resolve));

  constructor(method: StreamMethod<never, In, Out>, begin: Begin) {
    this.#method = method;
    this.#begin = begin;
    begin.signal?.addEventListener('abort', this.#aborted);
  }

  get id(): number | bigint {
    return this.#flow?.id ?? 0;
  }

  get flow(): Outflow {
    return this.#flow!;
  }

  get priority(): Priority {
    return this.#method.priority ?? 'normal';
  }

  /** Opens the stream on a link. */
  attach(host: Host, streams: Streams, route: Route): void {
    if (this.#over) return;
    const { payload } = this.#begin;
    if (payload.length > host.peer.message) {
      this.fail(new GridError('too_large', `the payload has ${payload.length} bytes, ${host.peer.name} takes ${host.peer.message}`, { outcome: 'not sent' }));
      return;
    }
    this.#host = host;
    this.#streams = streams;
    this.deadline = this.#begin.deadline;
    host.deadlines.add(this);
    const capacity = this.#method.decode ? Math.max(1, Math.min(this.#method.out ?? 1, 65_535)) : 0;
    this.inbox = new Inbox(host, capacity, this.priority);
    this.#flow = new Outflow(host, route.input, this.priority);
    streams.began(this);
    this.#flow.open(this.#opener(route, capacity));
    if (!this.#begin.again) this.#take();
  }

  /** Lets messages go, and be read: the stream will not be opened again. */
  #take(): void {
    this.#taken = true;
    this.#started();
  }

  /** Has the stream opened again, where it was not taken. */
  #again(error: GridError): boolean {
    if (this.#taken || !this.#begin.again?.(error)) return false;
    this.#flow!.stop(error);
    this.#leave();
    this.#flow = this.inbox = undefined;
    return true;
  }

  #opener(route: Route, capacity: number): Opener {
    const { payload, metadata } = this.#begin, large = payload.length > EAGER;
    const size = HEAD + (metadata?.length ?? 0) + (large ? 0 : payload.length);
    return {
      size,
      payload,
      complete: (): void => undefined,
      write: (w: Writer): number => {
        const id = this.#streams!.opened(this), begun = w.begin(OPEN, size);
        this.inbox!.id = id;
        w.uint(id);
        w.uint(route.number);
        w.uint(timeLeft(this.deadline));
        w.uint(capacity);
        w.byte((large ? LARGE : 0) | (metadata ? WITH_METADATA : 0));
        if (metadata) w.bytes(metadata);
        if (large) w.uint(payload.length);
        else w.raw(payload);
        w.end(begun);
        const flow = this.#flow;
        if (!this.#taken) this.#host!.confirm(() => this.#flow === flow && this.#take());
        return id;
      },
    };
  }

  /** What is known of the handler, where no end came. */
  get outcome(): Outcome {
    return !this.#flow || this.#flow.unopened ? 'not sent' : 'may have run';
  }

  async send(message: In): Promise<void> {
    let bytes: Uint8Array;
    try {
      if (!this.#method.encode) throw new GridError('invalid_argument', 'this stream takes no input');
      bytes = this.#method.encode(message);
    } catch (e) {
      const error = unencodable('the message', e);
      this.#breakOff(error);
      throw error;
    }
    if (!this.#taken && !this.#over) await this.#ready;
    if (this.#over) throw this.#over.error ?? endedWell();
    try {
      await this.#flow!.send(bytes);
    } catch (e) {
      if (e instanceof GridError && e.code === 'too_large' && !this.#over) this.#breakOff(e);
      throw e;
    }
  }

  async sendAll(messages: Iterable<In> | AsyncIterable<In>): Promise<void> {
    try {
      for await (const message of messages) {
        if (this.#endedWell) return;
        await this.send(message);
      }
    } catch (e) {
      if (this.#endedWell) return;
      this.#breakOff(e instanceof GridError ? e : new GridError('canceled', 'the source of the messages failed', { cause: e }));
      throw e;
    }
    this.closeSend();
  }

  get #endedWell(): boolean {
    return this.#over !== undefined && this.#over.error === undefined;
  }

  closeSend(): void {
    if (this.#inputEnded || this.#over) return;
    this.#inputEnded = true;
    if (!this.#taken) void this.#ready.then(() => this.#endInput());
    else this.#endInput();
  }

  #endInput(): void {
    if (this.#method.encode && !this.#over) this.#flow!.end(goodEnd(() => this.id));
  }

  async finish(): Promise<void> {
    this.closeSend();
    while (!(await this.next()).done);
  }

  next(): Promise<IteratorResult<Out, undefined>> {
    const message = this.#taken ? this.inbox?.take() : undefined;
    if (message === undefined) return this.#wait();
    try {
      return Promise.resolve({ done: false, value: this.#decode(message) });
    } catch (e) {
      return Promise.reject(e as GridError);
    }
  }

  async #wait(): Promise<IteratorResult<Out, undefined>> {
    if (!this.#taken && !this.#over) await this.#ready;
    if (!this.inbox) throw this.#over!.error!;
    const message = await this.inbox.next();
    return message === undefined ? ended : { done: false, value: this.#decode(message) };
  }

  #decode(message: Uint8Array): Out {
    try {
      return this.#method.decode!(message);
    } catch (e) {
      const error = undecodable('a message of the stream', e, 'may have run');
      this.giveUp(error);
      throw error;
    }
  }

  return(): Promise<IteratorResult<Out, undefined>> {
    this.close();
    return Promise.resolve(ended);
  }

  close(): void {
    if (this.#over) this.inbox?.discard(undefined);
    else this.giveUp(new GridError('canceled', 'the stream was given up here', { outcome: this.outcome }));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  expire(): void {
    this.giveUp(new GridError('deadline_exceeded', 'the time of the stream is over', { outcome: this.outcome }));
  }

  readonly #aborted = (): void => {
    this.giveUp(new GridError('canceled', 'the caller gave up', { outcome: this.outcome, cause: this.#begin.signal?.reason }));
  };

  /** Gives the stream up: the handler is canceled. */
  giveUp(why: GridError): void {
    if (this.#over) return;
    if (!this.#flow) {
      this.fail(why);
      return;
    }
    this.#flow.reset(why.code === 'deadline_exceeded' ? why.code : 'canceled', why);
    this.inbox!.discard(why);
    this.#end(why);
  }

  /** A message cannot be sent: the handler sees that its input was cut, behind what was sent. */
  #breakOff(why: GridError): void {
    if (this.#over) return;
    if (!this.#flow || this.#flow.unopened) {
      this.giveUp(why);
      return;
    }
    this.#flow.breakOff(why.code === 'canceled' || why.code === 'deadline_exceeded' ? 'invalid_argument' : why.code, why);
    this.inbox!.discard(why);
    this.#end(why);
  }

  /** Ends a stream that has no link. */
  fail(why: GridError): void {
    if (this.#over) return;
    this.#over = { error: why };
    this.#begin.signal?.removeEventListener('abort', this.#aborted);
    this.#started();
  }

  /** Handles the end frame of the handler. */
  onEnd(r: Reader): void {
    if (this.#host!.large.has(OF_STREAM, this.id)) throw new Malformed('a stream ended while a large message was under way');
    const error = r.uint() === 0 ? undefined : errorOf(readFailure(r), this.#method);
    if (error && this.#again(error)) return;
    this.#flow!.stop(error ?? endedWell());
    this.inbox!.end(error);
    this.#end(error);
  }

  /** Handles a reset by the handler's end, and the loss of the link. */
  cut(error: GridError): void {
    if (this.#over || this.#again(error)) return;
    this.#flow!.stop(error);
    this.inbox!.end(error);
    this.#end(error);
  }

  onReset(code: string): void {
    this.cut(new GridError(code, 'the other end has broken the stream off', { outcome: 'may have run', remote: true }));
  }

  onTooLarge(size: number): void {
    const most = this.#host!.limits.message;
    this.giveUp(new GridError('too_large', `a message has ${size} bytes, at most ${most} are taken`, { outcome: 'may have run' }));
  }

  #end(error: GridError | undefined): void {
    this.#over = { error };
    this.#begin.signal?.removeEventListener('abort', this.#aborted);
    this.#leave();
    this.#started();
  }

  #leave(): void {
    this.#host!.deadlines.delete(this);
    this.#streams!.over(this);
  }
}

const endedWell = (): GridError => new GridError('canceled', 'the handler has ended the stream', { outcome: 'ran' });
