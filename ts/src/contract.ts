/// <reference lib="esnext.disposable" preserve="true" />
/**
 * What generated code and those who call it see of the runtime: types alone. The
 * session implements them; nothing here runs.
 *
 * Each end has a description of a method that says what this end sends (`encode`)
 * and what it receives (`decode`), so that a page which only calls does not carry
 * what a server needs.
 */

import type { ErrorType } from './errors.ts';
import type { Offer } from './link/offer.ts';

/**
 * Encode turns a message into bytes. They are the runtime's from then on, so the codec
 * never writes to them again. It throws a GridError with `invalid_argument` for what the
 * schema does not allow.
 */
export type Encode<T> = (value: T) => Uint8Array;

/**
 * Decode reads a message. The bytes may be a view into a larger batch; nothing else
 * will ever write to them. So a decoder copies the bytes that it keeps, unless the view
 * is its whole buffer. It throws a GridError with `invalid_argument` for bytes that are
 * none of its messages.
 */
export type Decode<T> = (bytes: Uint8Array) => T;

/** Priority is the lane in which the messages of a method travel. */
export type Priority = 'high' | 'normal' | 'low';

/** Method is what the description of every method has. */
export interface Method {
  /** The number of the handler, 1 to 65,535. */
  readonly id: number;
  /** The full name for people: "storage.Storage.DiskInfo". */
  readonly name: string;
  /** Milliseconds: the declared `@timeout`; a call without any has 60 s, a stream none. */
  readonly timeout?: number;
  readonly priority?: Priority;
  /** The declared errors: the generated classes. */
  readonly errors?: readonly ErrorType[];
}

/** UnaryMethod is an `rpc` as its client sees it. Without a request or response use `encodeNothing`, `decodeNothing`. */
export interface UnaryMethod<Request, Response> extends Method {
  readonly encode: Encode<Request>;
  readonly decode: Decode<Response>;
  /** Declared `@idempotent`: made again where the connection was lost, within the same time. */
  readonly idempotent?: boolean;
}

/**
 * StreamMethod is a `stream` as its client sees it: Payload opens it, In goes to the
 * handler, Out comes from it. A direction that is not there is `never`.
 */
export interface StreamMethod<Payload, In, Out> extends Method {
  readonly payload: Encode<Payload>;
  /** What the client sends; absent where the handler takes no input. */
  readonly encode?: Encode<In>;
  /** What the client receives; absent where the handler sends nothing. */
  readonly decode?: Decode<Out>;
  /** How many messages the client takes unread, 1 to 65,535; absent where `decode` is. */
  readonly out?: number;
}

/** CallOptions are those of one call, or of one stream. */
export interface CallOptions {
  /** Gives up: the call fails with `canceled`, and the handler is canceled. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the call fails with `deadline_exceeded`. The least of this and the method's counts. */
  readonly timeout?: number | undefined;
  /** Wait for a connection, as long as the time lasts, in place of failing with `disconnected`. */
  readonly waitForReady?: boolean | undefined;
  /** What the handler finds in its context: at most 8,192 bytes. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** Caller is what calls are made through: `session.caller`, what its `subroute` returns, `context.caller` of a handler. */
export interface Caller {
  /** A caller for handlers that are registered under these names, in addition to those it has. A name is not empty and holds no "/". */
  subroute(...names: string[]): Caller;
  /** Makes a call. It fails with a GridError, always: a declared one where the handler threw it. */
  call<Request, Response>(method: UnaryMethod<Request, Response>, request: Request, options?: CallOptions): Promise<Response>;
  /** Opens a stream. It never throws: how it went tell the loop, `send` and `finish`. */
  open<Payload, In, Out>(method: StreamMethod<Payload, In, Out>, payload: Payload, options?: CallOptions): Duplex<In, Out>;
  /** Opens a stream that takes input and has a response: `Out` of its method is the response, `out` is 1. */
  upload<Payload, In, Response>(method: StreamMethod<Payload, In, Response>, payload: Payload, options?: CallOptions): Upload<In, Response>;
}

/**
 * Receiver is the receiving side of a stream, for one reader. Leaving its loop, by
 * `break`, `return` or an exception, gives the stream up and cancels the handler.
 * The loop ends by itself only where the handler ended well and nothing is missing;
 * else it throws a GridError. The sender is held up while messages are unread.
 */
export interface Receiver<Out> extends AsyncIterableIterator<Out, undefined, undefined>, AsyncDisposable {
  [Symbol.asyncIterator](): Receiver<Out>;
  /** The next message, or the end. */
  next(): Promise<IteratorResult<Out, undefined>>;
  /** Gives the stream up. */
  return(): Promise<IteratorResult<Out, undefined>>;
  /** Gives the stream up; after its end it does nothing. */
  close(): void;
}

/** Sender is the sending side of a stream of which nothing comes back. */
export interface Sender<In> extends AsyncDisposable {
  /**
   * Sends a message: resolves when the stream has room for more, which is how a slow
   * receiver slows its sender. Fails with the error of the stream; messages are sent in
   * the order of the calls. A message that cannot be encoded breaks the stream off.
   */
  send(message: In): Promise<void>;
  /**
   * Sends all of a source, then ends the input. Where the handler has ended the stream
   * well before, the rest of the source is left.
   */
  sendAll(messages: Iterable<In> | AsyncIterable<In>): Promise<void>;
  /** Ends the input. The handler sees the end. */
  closeSend(): void;
  /** Ends the input and waits for the end of the handler; what it sends meanwhile is dropped. */
  finish(): Promise<void>;
  /** Gives the stream up; after its end it does nothing. */
  close(): void;
}

/** Upload is the sending side of a stream that has one response. */
export interface Upload<In, Response> extends Omit<Sender<In>, 'finish' | 'sendAll'> {
  /** Sends all of a source, ends the input and waits for the response. */
  sendAll(messages: Iterable<In> | AsyncIterable<In>): Promise<Response>;
  /** Ends the input and waits for the response. */
  finish(): Promise<Response>;
}

/** Duplex is a stream both ways. Send while receiving: two ends that both only send wait for each other. */
export interface Duplex<In, Out> extends Sender<In>, Receiver<Out> {}

/** HandlerContext is what a handler knows of its call. */
export interface HandlerContext {
  /** Aborts when the client gave up, its time is over or the connection is lost; `reason` is a GridError that says which. */
  readonly signal: AbortSignal;
  /** The authenticated name of who calls. */
  readonly peer: string;
  /** The full name of the method. */
  readonly method: string;
  /** The subroute that was called, "" for none; names are joined by "/". */
  readonly subroute: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Milliseconds that are left of the call's time, undefined where it has no end. */
  remaining(): number | undefined;
  /** Aborts when either end begins to shut down: a stream without a natural end should come to one. */
  readonly draining: AbortSignal;
  /** Calls the end that called. */
  readonly caller: Caller;
}

/** UnaryHandler is an `rpc` as its server sees it. */
export interface UnaryHandler<Request = any, Response = any> extends Method {
  readonly kind: 'unary';
  /** The method of the implementation: "acquire". */
  readonly key: string;
  readonly decode: Decode<Request>;
  readonly encode: Encode<Response>;
  /** Nothing is given to the method where there is no request: only the context. */
  readonly noRequest?: boolean;
}

/**
 * StreamHandler is a `stream` as its server sees it. The method of the implementation
 * gets the payload, if there is one; the input, if there is one, as `AsyncIterable<In>`; and
 * the context. Where there is output it returns an `AsyncIterable<Out>`, as an async
 * generator does, else a promise.
 */
export interface StreamHandler<Payload = any, In = any, Out = any> extends Method {
  readonly kind: 'stream';
  readonly key: string;
  /** Absent where there is no payload. */
  readonly payload?: Decode<Payload>;
  /** What comes from the client, and how many the handler takes unread. */
  readonly decode?: Decode<In>;
  readonly in?: number;
  /** What goes to the client, and how many it is advised to take unread. */
  readonly encode?: Encode<Out>;
  readonly out?: number;
  /** There is one response, and the method returns a promise of it: `out` is 1. */
  readonly answers?: boolean;
}

/**
 * ServiceDescriptor is what `session.serve` needs of a service: `LockServer`, of which
 * the interface `LockServer` is the implementation. `subroute` joins the parameters
 * and the fixed texts of the service's `subroute` clause, in order.
 */
export interface ServiceDescriptor<Implementation extends object, Names extends readonly string[] = []> {
  readonly name: string;
  readonly handlers: readonly (UnaryHandler | StreamHandler)[];
  readonly subroute?: (...names: Names) => readonly string[];
  /** What serves it: `serving` of the runtime. A page that only calls does not carry it. */
  readonly serving: () => Offer;
  /** Never set: it ties the type of the implementation to the description. */
  readonly implementation?: Implementation;
}
