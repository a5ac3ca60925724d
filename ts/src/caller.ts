import type { CallOptions, Caller, Duplex, Method, StreamMethod, UnaryMethod, Upload } from './contract.ts';
import { GridError } from './errors.ts';
import { unencodable } from './link/failures.ts';
import type { Link } from './link/link.ts';
import { encodeMetadata } from './link/metadata.ts';
import { ClientStream } from './link/stream.ts';
import type { Request } from './link/calls.ts';
import { joinSubroute } from './link/subroute.ts';
import { Answered } from './upload.ts';

/** Links is what a caller needs of its session. */
export interface Links {
  /** The link to call on, if there is one that takes calls. */
  readonly link: Link | undefined;
  readonly waitForReady: boolean;
  readonly callTimeout: number;
  /** Why there is none, as an error of a call. */
  absent(): GridError;
  /** Waits for a link. It fails where waiting does not help, when the time is over, and when the caller gives up. */
  wait(deadline: number, signal: AbortSignal | undefined): Promise<Link>;
}

/** SessionCaller makes calls on whatever link its session has. */
export class SessionCaller implements Caller {
  readonly #links: Links;
  readonly #subroute: string;

  constructor(links: Links, subroute = '') {
    this.#links = links;
    this.#subroute = subroute;
  }

  subroute(...names: string[]): Caller {
    if (names.length === 0) return this;
    const name = joinSubroute(names);
    return new SessionCaller(this.#links, this.#subroute === '' ? name : `${this.#subroute}/${name}`);
  }

  call<Req, Res>(method: UnaryMethod<Req, Res>, request: Req, options: CallOptions = {}): Promise<Res> {
    let r: Request<Res>;
    try {
      r = {
        method,
        payload: encode('the request', () => method.encode(request)),
        metadata: encodeMetadata(options.metadata),
        deadline: deadline(method, options, this.#links.callTimeout),
        signal: options.signal,
      };
      alive(options);
    } catch (e) {
      return Promise.reject(e as GridError);
    }
    const wait = options.waitForReady ?? this.#links.waitForReady, { link } = this.#links;
    if (!link) return wait ? this.#again(r, this.#links.absent()) : Promise.reject(this.#links.absent());
    const first = this.#once(link, r);
    if (!wait && !method.idempotent) return first;
    return first.catch((e: GridError) => {
      if (!mayGoOn(e, wait, method.idempotent ?? false, link)) throw e;
      return this.#again(r, e);
    });
  }

  #once<Res>(link: Link, r: Request<Res>): Promise<Res> {
    const route = link.route(r.method.id, r.method.name, this.#subroute, false);
    return route instanceof GridError ? Promise.reject(route) : link.calls.start(route, r);
  }

  /** Makes new calls until one has an outcome that stands. One attempt knows only of itself. */
  async #again<Res>(r: Request<Res>, last: GridError): Promise<Res> {
    let doubt = false;
    for (;;) {
      doubt ||= last.outcome === 'may have run';
      try {
        const link = await this.#links.wait(r.deadline, r.signal);
        try {
          return await this.#once(link, r);
        } catch (e) {
          last = e as GridError;
          if (!mayGoOn(last, true, r.method.idempotent ?? false, link)) throw last;
        }
      } catch (e) {
        const error = e as GridError;
        if (!doubt || (error.outcome !== 'not sent' && error.outcome !== 'rejected')) throw error;
        throw new GridError(error.code, error.text, { outcome: 'may have run', remote: error.remote, cause: error });
      }
    }
  }

  open<Payload, In, Out>(method: StreamMethod<Payload, In, Out>, payload: Payload, options: CallOptions = {}): Duplex<In, Out> {
    return this.#open(method, payload, options);
  }

  upload<Payload, In, Response>(method: StreamMethod<Payload, In, Response>, payload: Payload, options: CallOptions = {}): Upload<In, Response> {
    return new Answered(this.#open(method, payload, options));
  }

  #open<Payload, In, Out>(method: StreamMethod<Payload, In, Out>, payload: Payload, options: CallOptions): ClientStream<In, Out> {
    const end = deadline(method, options, Infinity);
    let bytes = new Uint8Array(0), metadata: Uint8Array | undefined, fault: GridError | undefined;
    try {
      bytes = encode('the payload', () => method.payload(payload)) as Uint8Array<ArrayBuffer>;
      metadata = encodeMetadata(options.metadata);
      alive(options);
    } catch (e) {
      fault = e as GridError;
    }
    const wait = options.waitForReady ?? this.#links.waitForReady;
    let { link } = this.#links; // it is on
    const later = (): void => {
      this.#links.wait(end, options.signal).then((next) => this.#attach(stream, method, (link = next)), (e: GridError) => stream.fail(e));
    };
    const again = (e: GridError): boolean => {
      if (!link || !mayGoOn(e, true, false, link)) return false;
      later();
      return true;
    };
    const begin = { payload: bytes, metadata, deadline: end, signal: options.signal };
    const stream = new ClientStream<In, Out>(method as StreamMethod<never, In, Out>, wait ? { ...begin, again } : begin);
    if (fault) stream.fail(fault);
    else if (link) this.#attach(stream, method, link);
    else if (wait) later();
    else stream.fail(this.#links.absent());
    return stream;
  }

  #attach<In, Out>(stream: ClientStream<In, Out>, method: Method, link: Link): void {
    const route = link.route(method.id, method.name, this.#subroute, true);
    if (route instanceof GridError) stream.fail(route);
    else stream.attach(link, link.streams, route);
  }
}

/** Whether a call that failed may be made again on the next link. */
function mayGoOn(e: GridError, wait: boolean, idempotent: boolean, link: Link): boolean {
  switch (e.outcome) {
    case 'not sent': return wait && !e.remote && (e.code === 'disconnected' || e.code === 'unavailable');
    case 'rejected': return wait && link.peerLeaving && e.remote && e.code === 'unavailable';
    case 'may have run': return idempotent && e.code === 'disconnected' && !e.remote;
    default: return false;
  }
}

function encode(what: string, make: () => Uint8Array): Uint8Array {
  try {
    return make();
  } catch (e) {
    throw unencodable(what, e);
  }
}

function deadline(method: Method, options: CallOptions, otherwise: number): number {
  const timeout = Math.min(options.timeout ?? Infinity, method.timeout ?? Infinity);
  const most = timeout === Infinity ? otherwise : timeout;
  return most === Infinity ? Infinity : performance.now() + most;
}

function alive({ signal, timeout }: CallOptions): void {
  if (signal?.aborted) throw new GridError('canceled', 'the caller gave up', { outcome: 'not sent', cause: signal.reason });
  if (timeout !== undefined && !(timeout > 0)) throw new GridError('deadline_exceeded', `the time of the call is ${timeout} ms`, { outcome: 'not sent' });
}
