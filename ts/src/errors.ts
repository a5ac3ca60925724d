import type { Encode } from './contract.ts';

/**
 * What is known about the handler of a call that failed. It is never a guess:
 * - `not sent`: nothing that could start the handler has left this process;
 * - `rejected`: the other end refused before the handler;
 * - `may have run`: the request left, and what became of it nobody knows;
 * - `ran`: the handler ran, and this is what it returned.
 */
export type Outcome = 'not sent' | 'rejected' | 'may have run' | 'ran';

/** The standard codes. Declared errors bring codes of their own. */
export type StandardCode =
  | 'canceled' | 'deadline_exceeded' | 'disconnected' | 'unknown_handler' | 'incompatible' | 'already_registered'
  | 'invalid_argument' | 'not_found' | 'permission_denied' | 'unauthenticated' | 'resource_exhausted' | 'too_large'
  | 'unavailable' | 'unimplemented' | 'internal';

/** Code is the stable name of a kind of failure. */
export type Code = StandardCode | (string & {});

/** What an error says beside its code and message. */
export interface GridErrorOptions {
  readonly outcome?: Outcome | undefined;
  /** The other end said it; else it arose here. */
  readonly remote?: boolean | undefined;
  /** Local only, never sent. */
  readonly cause?: unknown;
}

/**
 * GridError is what every failed call and stream throws, and what a handler throws to
 * answer with a code and a message. Anything else that a handler throws reaches its caller
 * as `internal`, without its text.
 */
export class GridError extends Error {
  readonly code: Code;
  /** The message alone; `message` has the code and the outcome, too. */
  readonly text: string;
  readonly outcome: Outcome | undefined;
  readonly remote: boolean;

  constructor(code: Code, text = '', options: GridErrorOptions = {}) {
    super(describe(code, text, options), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'GridError';
    this.code = code;
    this.text = text;
    this.outcome = options.outcome;
    this.remote = options.remote ?? false;
  }
}

function describe(code: string, text: string, { outcome, remote }: GridErrorOptions): string {
  const known = outcome === undefined ? '' : ` (${remote ? 'remote, ' : ''}${outcome})`;
  return `grid: ${code}${text === '' ? '' : `: ${text}`}${known}`;
}

/**
 * DeclaredError is what the errors of a `.grid` file extend. A handler throws one; its
 * caller catches one, by `instanceof`, with its fields and the outcome.
 */
export abstract class DeclaredError extends GridError {
  /** The fields as they travel. */
  abstract encode(): Uint8Array;
}

/** ErrorType is a generated error class: `static readonly code` and `static decode`. */
export interface ErrorType<E extends DeclaredError = DeclaredError> {
  readonly code: string;
  /** Makes the error from its fields as they came; `text` is what its thrower said, "" for what the class says. */
  decode(fields: Uint8Array, text: string, options: GridErrorOptions): E;
}

const nothing = new Uint8Array(0);

/** The payload of a method without a request or response. */
export const encodeNothing: Encode<void> = () => nothing;

/** Whatever came, it is not looked at. */
export const decodeNothing = (_: Uint8Array): void => undefined;

/** The payload of a method whose request or response is `bytes`. */
export const encodeBytes: Encode<Uint8Array> = (bytes) => bytes;

/** Likewise: memory of its own. */
export const decodeBytes = (bytes: Uint8Array): Uint8Array =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
