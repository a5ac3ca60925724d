import type { Priority, UnaryMethod } from '../contract.ts';
import { GridError, type Outcome } from '../errors.ts';
import { Malformed, type Reader, type Writer } from '../wire/bytes.ts';
import { CALL, EAGER, HEAD, LARGE, OF_CALL, OF_REPLY, RESET, WITH_METADATA, readFailure } from '../wire/frames.ts';
import { errorOf, undecodable } from './failures.ts';
import type { Timed } from './deadlines.ts';
import type { Host, Route } from './host.ts';
import { type Entry, type Transfer, frame } from './out.ts';

/** Request is a call before it has a link. */
export interface Request<Res> {
  readonly method: UnaryMethod<never, Res>;
  readonly payload: Uint8Array;
  readonly metadata: Uint8Array | undefined;
  /** By performance.now(). */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}

/** How far a request has come: what its outcome follows from. */
const progress = { waiting: 0, announced: 1, granted: 2, sent: 3 } as const;

/** PendingCall is a call that is under way: the entry that writes it, and the transfer of a large one. */
class PendingCall implements Entry, Transfer, Timed {
  readonly target: number = OF_CALL;
  readonly id: number;
  readonly payload: Uint8Array;
  readonly deadline: number;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: GridError) => void;
  readonly request: Request<unknown>;
  readonly priority: Priority;
  at = 0;
  over = false;
  readonly #calls: Calls;
  readonly #route: number;
  #state: number = progress.waiting;

  constructor(calls: Calls, id: number, route: number, request: Request<unknown>, resolve: (answer: unknown) => void, reject: (error: GridError) => void) {
    this.#calls = calls;
    this.#route = route;
    this.id = id;
    this.request = request;
    this.payload = request.payload;
    this.deadline = request.deadline;
    this.priority = request.method.priority ?? 'normal';
    this.resolve = resolve;
    this.reject = reject;
  }

  get large(): boolean {
    return this.payload.length > EAGER;
  }

  /** What is known of the handler, where no answer came. */
  get outcome(): Outcome {
    return this.#state === progress.sent ? 'may have run' : 'not sent';
  }

  get unwritten(): boolean {
    return this.#state === progress.waiting;
  }

  get size(): number {
    return this.over ? 0 : HEAD + (this.request.metadata?.length ?? 0) + (this.large ? 0 : this.payload.length);
  }

  write(w: Writer): void {
    const { metadata } = this.request, large = this.large, begun = w.begin(CALL, this.size);
    w.uint(this.id);
    w.uint(this.#route);
    w.uint(timeLeft(this.deadline));
    w.byte((large ? LARGE : 0) | (metadata ? WITH_METADATA : 0));
    if (metadata) w.bytes(metadata);
    if (large) w.uint(this.payload.length);
    else w.raw(this.payload);
    w.end(begun);
    this.#state = large ? progress.announced : progress.sent;
  }

  sent(): void {
    this.#state = progress.sent;
  }

  /** Takes a grant, if it waits for one. */
  grant(): boolean {
    if (this.#state !== progress.announced) return false;
    this.#state = progress.granted;
    return true;
  }

  expire(): void {
    this.#calls.giveUp(this, new GridError('deadline_exceeded', 'the time of the call is over', { outcome: this.outcome }));
  }

  /** Listens to the signal of the caller. */
  readonly aborted = (): void => {
    const cause: unknown = this.request.signal?.reason;
    this.#calls.giveUp(this, new GridError('canceled', 'the caller gave up', { outcome: this.outcome, cause }));
  };
}

/** What is left of a deadline in microseconds, as it travels: 0 is none. */
export function timeLeft(deadline: number): number {
  return deadline === Infinity ? 0 : Math.max(1, Math.ceil((deadline - performance.now()) * 1000));
}

/** Calls are those that this end makes over a link. */
export class Calls {
  readonly #host: Host;
  readonly #pending = new Map<number | bigint, PendingCall>();
  #last = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  get running(): number {
    return this.#pending.size;
  }

  start<Res>(route: Route, request: Request<Res>): Promise<Res> {
    const { peer, out, deadlines } = this.#host;
    if (request.payload.length > peer.message) {
      return Promise.reject(new GridError('too_large', `the request has ${request.payload.length} bytes, ${peer.name} takes ${peer.message}`, { outcome: 'not sent' }));
    }
    return new Promise<Res>((resolve, reject) => {
      const call = new PendingCall(this, ++this.#last, route.number, request as Request<unknown>, resolve as (answer: unknown) => void, reject);
      this.#pending.set(call.id, call);
      deadlines.add(call);
      request.signal?.addEventListener('abort', call.aborted);
      out.push(call, call.priority);
    });
  }

  /** Handles a grant of a large request. */
  granted(id: number | bigint): void {
    const call = this.#pending.get(id);
    if (call?.grant()) this.#host.out.transfer(call, call.priority);
  }

  reply(r: Reader): void {
    const id = r.id(), flags = r.uint(), call = this.#pending.get(id);
    if (flags & ~LARGE) throw new Malformed('a reply with flags that there are not');
    if (!(flags & LARGE)) {
      if (call) this.#answered(call, r.rest());
      return;
    }
    const size = r.uint(), { limits, large } = this.#host;
    if (!call) {
      this.#host.answer(frame(RESET, [OF_CALL, id], 'canceled'));
    } else if (size > limits.message) {
      this.giveUp(call, new GridError('too_large', `the answer has ${size} bytes, at most ${limits.message} are taken`, { outcome: 'ran' }));
    } else {
      large.announce(OF_REPLY, id, size, (payload) => this.#answered(call, payload));
    }
  }

  failed(r: Reader): void {
    const id = r.id(), failure = readFailure(r), call = this.#pending.get(id);
    if (!call) return;
    this.#end(call);
    call.reject(errorOf(failure, call.request.method));
  }

  /** Gives a call up: the handler is told, where it may run. */
  giveUp(call: PendingCall, why: GridError): void {
    if (call.over) return;
    this.#end(call);
    if (!call.unwritten) this.#host.out.push(frame(RESET, [OF_CALL, call.id], why.code === 'deadline_exceeded' ? why.code : 'canceled'), call.priority);
    call.reject(why);
  }

  /** Ends those that were not written yet: the other end takes no more. */
  drop(text: string): void {
    for (const call of [...this.#pending.values()]) {
      if (!call.unwritten) continue;
      this.#end(call);
      call.reject(new GridError('unavailable', text, { outcome: 'not sent' }));
    }
  }

  /** Ends all, for the link is lost. */
  close(why: GridError): void {
    for (const call of [...this.#pending.values()]) {
      this.#end(call);
      call.reject(new GridError(why.code, why.text, { outcome: call.outcome, cause: why }));
    }
  }

  #answered(call: PendingCall, payload: Uint8Array): void {
    this.#end(call);
    let answer: unknown;
    try {
      answer = call.request.method.decode(payload);
    } catch (error) {
      call.reject(undecodable('the answer', error, 'ran'));
      return;
    }
    call.resolve(answer);
  }

  #end(call: PendingCall): void {
    call.over = true;
    this.#pending.delete(call.id);
    this.#host.deadlines.delete(call);
    call.request.signal?.removeEventListener('abort', call.aborted);
    this.#host.large.drop(OF_REPLY, call.id);
    this.#host.settled();
  }
}
