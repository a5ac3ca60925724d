import type { Caller } from '../contract.ts';
import { GridError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Socket } from '../socket.ts';
import { Malformed, Reader, Writer } from '../wire/bytes.ts';
import {
  CALL, CHUNK, CREDIT, END, ERROR, GOAWAY, GRANT, HEAD, MESSAGE, OF_CALL, OF_REPLY, OF_SESSION, OF_STREAM, OPEN, PING, PONG, REJECTED, REPLY, RESET, ROUTES, SHAPES,
} from '../wire/frames.ts';
import { Calls } from './calls.ts';
import { Deadlines } from './deadlines.ts';
import type { Host, Peer, Route } from './host.ts';
import { Assemblies } from './large.ts';
import { Liveness } from './liveness.ts';
import type { Offer, Serves } from './offer.ts';
import { type Entry, Outbox, frame, grant } from './out.ts';
import { Queue } from './queue.ts';
import { Routes } from './routes.ts';
import { Streams } from './streams.ts';

/** What a link tells its session. */
export interface LinkEvents {
  /** The other end's routes have come: it can be called. */
  ready(): void;
  /** The other end takes no more calls. */
  draining(): void;
  /** It is over. */
  lost(error: GridError): void;
  report(error: unknown, method: string): void;
}

/** Link is one live session over one socket: it takes batches apart and gives frames to their owners. */
export class Link implements Host {
  readonly out: Outbox;
  readonly large: Assemblies;
  readonly deadlines: Deadlines = new Deadlines();
  readonly limits: Limits;
  readonly caller: Caller;
  readonly peer: Peer;
  readonly calls: Calls;
  readonly streams: Streams;
  /** The other end has said goaway. */
  peerLeaving = false;
  lost: GridError | undefined;
  readonly #events: LinkEvents;
  readonly #socket: Socket;
  readonly #routes: Routes;
  #serves: Serves | undefined; // once something is offered
  readonly #liveness: Liveness;
  readonly #drain: AbortController = new AbortController();
  #announced = 0;
  #chunks = 0; // bytes of all that came
  #leaving = false;
  #pings = 1;
  #sinceCall = 0; // the number of the last ping before which a call or open came
  #finished: (() => void) | undefined;
  readonly #confirms = new Queue<{ readonly ping: number; readonly done: () => void }>();

  constructor(socket: Socket, theirs: Peer, limits: Limits, offer: Offer | undefined, caller: Caller, events: LinkEvents) {
    this.#socket = socket;
    this.peer = theirs;
    this.limits = limits;
    this.caller = caller;
    this.#events = events;
    this.#routes = new Routes(limits.routes);
    this.out = new Outbox(socket, theirs.bulk, (error) => this.fail(1001, `the socket takes nothing: ${String(error)}`));
    this.large = new Assemblies(limits, (target, id) => this.answer(grant(target, id)));
    this.calls = new Calls(this);
    this.streams = new Streams(this);
    this.#liveness = new Liveness(limits.pingInterval, this.out, socket, {
      ping: () => this.out.answer(frame(PING, [++this.#pings])),
      sign: () => this.#pinged(this.out.owedPong ?? 0),
      dead: (why) => this.fail(1001, why),
    });
    socket.onmessage = this.take;
    socket.onclose = (why) => this.#over(new GridError('disconnected', why));
    this.announce(offer);
    this.out.flush();
  }

  get draining(): AbortSignal {
    return this.#drain.signal;
  }

  get ready(): boolean {
    return this.#routes.ready && !this.lost && !this.peerLeaving && !this.#leaving;
  }

  /** Finds a handler of the other end, or says why a call cannot be made. */
  route(id: number, name: string, subroute: string, stream: boolean): Route | GridError {
    const found = this.#routes.find(id, subroute);
    if (found?.stream === stream) return found;
    const where = subroute && ` under ${JSON.stringify(subroute)}`, at = this.peer.name;
    return found
      ? new GridError('incompatible', `${name} is ${stream ? 'no' : 'a'} stream at ${at}`, { outcome: 'not sent' })
      : new GridError('unknown_handler', `${at} does not serve ${name}${where}`, { outcome: 'not sent' });
  }

  /** Announces what is served and was not announced yet. */
  announce(offer: Offer | undefined): void {
    if (offer) this.#serves ??= offer.on(this, this.streams);
    const entries = offer?.entries(this.#announced) ?? [], first = this.#announced === 0;
    this.#announced += entries.length;
    if (entries.length === 0 && !first) return;
    let w = new Writer(1024);
    const send = (more: number): void => {
      const body = w.copy();
      this.out.answer({
        size: body.length + HEAD,
        write: (out) => {
          const begun = out.begin(ROUTES, body.length + 1);
          out.byte(more);
          out.raw(body);
          out.end(begun);
        },
      });
      w = new Writer(1024);
    };
    for (const e of entries) {
      if (w.at + e.length > 32_768) send(1);
      w.bytes(e);
    }
    send(0);
  }

  answer(entry: Entry): void {
    if (this.out.answer(entry) > this.limits.owedAnswers) this.fail(1002, `more than ${this.limits.owedAnswers} answers wait to be read`);
  }

  refuse(entry: Entry): void {
    if (this.out.refuse(entry) > this.limits.owedRefusals) this.fail(1002, `more than ${this.limits.owedRefusals} refusals wait to be read`);
  }

  readonly report = (error: unknown, method: string): void => this.#events.report(error, method);

  /** Tells the other end to begin nothing new; resolves when all that runs is over and the link is closed. */
  leave(reason: string): Promise<void> {
    if (this.lost) return Promise.resolve();
    return new Promise((resolve) => {
      this.#finished = resolve;
      this.#leaving = true;
      this.out.answer(frame(GOAWAY, [], reason));
      this.#drain.abort(new GridError('unavailable', reason));
      this.#lastPing();
    });
  }

  /** Ends the link: all calls and streams with their outcome, then the socket. */
  fail(code: number, why: string): void {
    this.#socket.close(code, why);
    this.#over(new GridError('disconnected', code === 1000 ? why : `the connection was closed here: ${why}`));
  }

  confirm(done: () => void): void {
    this.#confirms.push({ ping: ++this.#pings, done });
    this.out.answer(frame(PING, [this.#pings]));
  }

  settled(): void {
    if (this.#leaving) queueMicrotask(() => this.#lastPing());
  }

  get #running(): number {
    return this.calls.running + (this.#serves?.running ?? 0) + this.streams.running;
  }

  get #idle(): boolean {
    return this.#running === 0 && this.out.empty;
  }

  /** Behind a goaway: a ping whose answer shows that nothing is on its way. */
  #lastPing(): void {
    if (this.lost || this.#running > 0) return;
    this.out.answer(frame(PING, [++this.#pings]));
  }

  #ponged(number: number): void {
    for (let c = this.#confirms.first; c && c.ping <= number; c = this.#confirms.first) {
      this.#confirms.shift();
      c.done();
    }
    if (!this.#leaving || number !== this.#pings || number <= this.#sinceCall) return;
    if (this.#idle) this.fail(1000, 'shut down');
    else this.#lastPing();
  }

  #over(error: GridError): void {
    if (this.lost) return;
    this.lost = error;
    this.#liveness.close();
    this.out.close();
    this.#serves?.close(error);
    this.streams.close(error);
    this.calls.close(error);
    this.deadlines.close();
    this.#drain.abort(error);
    this.#finished?.();
    this.#events.lost(error);
  }

  /** Handles a batch. */
  readonly take = (batch: Uint8Array): void => {
    if (this.lost) return;
    this.#liveness.heard();
    try {
      const r = new Reader(batch);
      while (r.at < batch.length) {
        const kind = r.byte(), size = r.uint(), end = r.at + size;
        if (end > batch.length) throw new Malformed('a frame goes past the end of its batch');
        r.end = end;
        this.#frame(kind, r);
        if (this.lost) return;
        r.at = end;
        r.end = batch.length;
      }
    } catch (error) {
      this.fail(1002, error instanceof Malformed ? error.message : `a batch cannot be read: ${String(error)}`);
    }
    this.out.pressed();
  };

  #frame(kind: number, r: Reader): void {
    switch (kind & 127) {
      case REPLY: return this.calls.reply(r);
      case MESSAGE: return this.streams.message(r);
      case CALL: return this.#called(r);
      case CHUNK: return this.#chunk(r);
      case CREDIT: return this.#credit(r.uint(), r.id(), r.uint(), r.uint());
      case ERROR: return this.calls.failed(r);
      case OPEN: return this.#opened(r);
      case END: return this.streams.end(r);
      case RESET: return this.#reset(r.uint(), r.id(), r.string());
      case PING: return this.#pinged(r.id());
      case PONG: return this.#ponged(r.uint());
      case GOAWAY: return this.#goaway();
      case ROUTES: return this.#routed(r);
      case SHAPES: return this.#shapes(r);
      default: if (kind < 128) throw new Malformed(`a frame of the unknown kind ${kind}`);
    }
  }

  #called(r: Reader): void {
    this.#sinceCall = this.#pings;
    if (this.#serves) this.#serves.called(r, this.#leaving);
    else this.#refuse(ERROR, r.id());
  }

  #opened(r: Reader): void {
    this.#sinceCall = this.#pings;
    const id = this.streams.number(r);
    if (this.#serves) this.#serves.opened(id, r, this.#leaving);
    else this.#refuse(END, id, 1);
  }

  /** Nothing is served here, and so nothing was announced. */
  #refuse(kind: number, ...head: (number | bigint)[]): void {
    this.refuse(frame(kind, [...head, REJECTED], this.#leaving ? 'unavailable' : 'unknown_handler', 'nothing is served here'));
  }

  #pinged(number: number | bigint): void {
    this.out.owedPong = number;
    this.out.schedule();
  }

  #goaway(): void {
    if (this.peerLeaving) return;
    this.peerLeaving = true;
    const text = `${this.peer.name} is going away`;
    this.calls.drop(text);
    this.streams.drop(text);
    this.#drain.abort(new GridError('unavailable', text));
    this.#events.draining();
  }

  #routed(r: Reader): void {
    const before = this.#routes.ready;
    this.#routes.add(r);
    if (!before && this.#routes.ready) this.#events.ready();
  }

  /** This end has no shapes: its answer is empty. */
  #shapes(r: Reader): void {
    const flags = r.uint(), id = r.uint();
    if (id < 1 || id > 65_535) throw new Malformed(`a shape of the handler ${id}`);
    if (flags & ~3) throw new Malformed('shapes with flags that there are not');
    if (flags & 2) throw new Malformed('a shape that was not asked for');
    this.answer(frame(SHAPES, [2, id]));
  }

  #reset(target: number, id: number | bigint, code: string): void {
    if (target === OF_CALL) this.#serves?.reset(id, code);
    else if (target === OF_STREAM) this.streams.reset(id, code);
    else throw new Malformed(`a reset of the target ${target}`);
  }

  #credit(target: number, id: number | bigint, messages: number, bytes: number): void {
    switch (target) {
      case OF_SESSION:
        if (!this.out.credit(bytes)) throw new Malformed('credit of more than the window of chunks may have');
        return;
      case OF_STREAM: return this.streams.credit(id, messages, bytes);
      case GRANT + OF_CALL: return this.calls.granted(id);
      case GRANT + OF_REPLY: return this.#serves?.granted(id);
      case GRANT + OF_STREAM: return this.streams.granted(id);
      default: throw new Malformed(`credit for the target ${target}`);
    }
  }

  #chunk(r: Reader): void {
    const target = r.uint(), id = r.id(), piece = r.rest();
    if (target < OF_CALL || target > OF_STREAM) throw new Malformed(`a chunk of the target ${target}`);
    this.#chunks += piece.length;
    if (this.#chunks > this.limits.bulkWindow + this.out.gaveRoom) throw new Malformed('chunks go past their window');
    this.out.giveRoom(piece.length, this.limits.bulkWindow / 4);
    this.large.chunk(target, id, piece);
  }
}
