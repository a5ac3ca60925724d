import type { Priority, StreamHandler } from '../contract.ts';
import { GridError } from '../errors.ts';
import { Malformed, type Reader, type Writer } from '../wire/bytes.ts';
import { END, type Failure, OF_STREAM } from '../wire/frames.ts';
import { Context } from './context.ts';
import type { Timed } from './deadlines.ts';
import { failureOf, textOf, undecodable } from './failures.ts';
import type { Host } from './host.ts';
import { Inbox } from './inbox.ts';
import { type Opening, failing, refusal } from './opening.ts';
import { type Entry, numbers } from './out.ts';
import { Outflow } from './outflow.ts';
import type { Served } from './registry.ts';
import type { StreamEnd } from './streams.ts';

const none = /* @__PURE__ */ new Uint8Array(0);

/** ServedStream is a stream that the other end has opened. */
export class ServedStream implements StreamEnd, Timed {
  readonly id: number | bigint;
  readonly deadline: number;
  readonly inbox: Inbox | undefined;
  readonly flow: Outflow;
  readonly #host: Host;
  readonly #ended: () => void;
  readonly #served: Served;
  readonly #handler: StreamHandler;
  readonly #context: Context;
  #over = false;
  #inputCut = false;
  #iterator: AsyncIterator<unknown> | undefined;

  constructor(host: Host, id: number | bigint, o: Opening, ended: () => void) {
    const served = o.served!, handler = served.handler as StreamHandler;
    this.#host = host;
    this.#ended = ended;
    this.#served = served;
    this.#handler = handler;
    this.id = id;
    this.deadline = o.deadline;
    this.#context = new Context(host, handler.name, served.subroute, o.metadata, o.deadline);
    const priority: Priority = handler.priority ?? 'normal';
    if (handler.decode) {
      this.inbox = new Inbox(host, Math.min(handler.in ?? 1, 65_535), priority);
      this.inbox.id = id;
    }
    this.flow = new Outflow(host, o.credit, priority);
    this.flow.id = id;
    host.deadlines.add(this);
  }

  /** Runs the handler; the stream is over when it has returned. */
  async run(payload: Uint8Array): Promise<void> {
    const args: unknown[] = [];
    try {
      if (this.#handler.payload) args.push(this.#handler.payload(payload));
    } catch (e) {
      this.#finish(refusal('invalid_argument', `the payload cannot be decoded: ${textOf(e)}`));
      return;
    }
    if (this.inbox) args.push(this.#input(this.inbox));
    args.push(this.#context);
    try {
      const result = this.#served.invoke(...args);
      if (this.#handler.answers) await this.#send(await result);
      else if (this.#handler.encode) await this.#sendAll(result as AsyncIterable<unknown>);
      else await result;
      this.#finish(undefined);
    } catch (e) {
      if (e instanceof Unsendable) this.#finish({ outcome: 'ran', code: e.error.code, text: e.error.text, detail: none });
      else if (!this.#over) this.#finish(failureOf(e, this.#handler, this.#host.report));
    }
    if (this.#over) this.inbox?.discard(undefined);
  }

  async #sendAll(messages: AsyncIterable<unknown>): Promise<void> {
    const iterator = (this.#iterator = messages[Symbol.asyncIterator]());
    for (;;) {
      const next = await iterator.next();
      if (next.done) return;
      try {
        await this.#send(next.value);
      } catch (e) {
        await iterator.return?.();
        throw e;
      }
    }
  }

  #send(message: unknown): Promise<void> {
    let bytes: Uint8Array;
    try {
      bytes = this.#handler.encode!(message);
    } catch (e) {
      throw new Unsendable(new GridError('internal', `a message cannot be encoded: ${textOf(e)}`));
    }
    if (bytes.length > this.#host.peer.message) {
      throw new Unsendable(new GridError('too_large', `a message has ${bytes.length} bytes, ${this.#host.peer.name} takes ${this.#host.peer.message}`));
    }
    return this.flow.send(bytes);
  }

  /** The input as the handler reads it. */
  #input(inbox: Inbox): AsyncIterableIterator<unknown> {
    const next = async (): Promise<IteratorResult<unknown, undefined>> => {
      const message = await inbox.next();
      if (message === undefined) return { done: true, value: undefined };
      try {
        return { done: false, value: this.#handler.decode!(message) };
      } catch (e) {
        const error = undecodable('a message of the input', e, 'may have run');
        inbox.discard(error);
        throw error;
      }
    };
    const all: AsyncIterableIterator<unknown> = { next, [Symbol.asyncIterator]: () => all };
    return all;
  }

  /** Ends the stream behind all that it has sent. */
  #finish(failure: Failure | undefined): void {
    if (this.#over) return;
    this.#host.deadlines.delete(this);
    const last: Entry = failure ? failing(END, [this.id, 1], failure) : { size: 64, write: (w: Writer): void => numbers(w, END, this.id, 0) };
    this.flow.end({
      size: last.size,
      write: (w: Writer): void => {
        this.#end(new GridError('canceled', 'the stream is over'));
        last.write(w);
      },
    });
  }

  #end(why: GridError): void {
    if (this.#over) return;
    this.#over = true;
    this.#host.deadlines.delete(this);
    this.flow.stop(why);
    if (!this.#inputCut) this.inbox?.discard(why);
    this.#context.end(why);
    this.#ended();
  }

  /** Cancels the handler: nothing more is sent. */
  cut(why: GridError): void {
    const iterator = this.#iterator;
    this.#end(why);
    iterator?.return?.().catch(() => undefined); // it is told through its own call
  }

  expire(): void {
    this.cut(new GridError('deadline_exceeded', 'the time of the stream is over'));
  }

  onEnd(r: Reader): void {
    if (r.uint() !== 0) throw new Malformed('an end with a failure from the client');
    if (!this.inbox) return;
    if (this.inbox.ended) throw new Malformed('a second end of the input');
    if (this.#host.large.has(OF_STREAM, this.id)) throw new Malformed('an end behind a large message that is not complete');
    this.inbox.end(undefined);
  }

  onReset(code: string): void {
    const gaveUp = code === 'canceled' || code === 'deadline_exceeded';
    const error = new GridError(code, gaveUp ? 'the client has given up' : 'the input was cut: the client could not send a message', { remote: true });
    if (!gaveUp) {
      this.#inputCut = true; // what came before can be read
      this.inbox?.end(error);
    }
    this.cut(error);
  }

  onTooLarge(size: number): void {
    const most = this.#host.limits.message;
    const failure: Failure = { outcome: 'may have run', code: 'too_large', text: `a message has ${size} bytes, at most ${most} are taken`, detail: none };
    this.#host.refuse(failing(END, [this.id, 1], failure));
    this.cut(new GridError('too_large', failure.text));
  }
}

/** Unsendable is a message of the handler that cannot travel. */
class Unsendable extends Error {
  readonly error: GridError;
  constructor(error: GridError) {
    super(error.text);
    this.error = error;
  }
}
