import type { ServiceDescriptor } from '../contract.ts';
import type { GridError } from '../errors.ts';
import type { Reader } from '../wire/bytes.ts';
import type { Host } from './host.ts';
import type { Streams } from './streams.ts';

/**
 * Offer is what a session serves. The first service that is served brings it along, so
 * that a page which only calls does not carry what a server needs.
 */
export interface Offer {
  /** Adds a service: all of its handlers, or none and an error. */
  add<I extends object, N extends readonly string[]>(service: ServiceDescriptor<I, N>, implementation: I, names: N): void;
  /** The entries of a routes frame, of the handlers from this place on. */
  entries(from: number): Uint8Array[];
  /** Serves them on a link. */
  on(host: Host, streams: Streams): Serves;
}

/** Serves is what the other end of one link has called and opened. */
export interface Serves {
  /** Calls that run. */
  readonly running: number;
  /** Handles a call frame; leaving says that this end has sent its goaway. */
  called(r: Reader, leaving: boolean): void;
  /** Handles an open frame behind its id. */
  opened(id: number | bigint, r: Reader, leaving: boolean): void;
  /** Handles a reset of a call. */
  reset(id: number | bigint, code: string): void;
  /** Handles the grant of a large answer. */
  granted(id: number | bigint): void;
  /** Cancels all, for the link is lost. */
  close(why: GridError): void;
}
