import type { ServiceDescriptor, StreamHandler, UnaryHandler } from '../contract.ts';
import { GridError } from '../errors.ts';
import { Writer, encodeText } from '../wire/bytes.ts';
import { unimplemented } from './failures.ts';
import type { Host } from './host.ts';
import type { Offer, Serves } from './offer.ts';
import { ServedCalls } from './serve.ts';
import type { Streams } from './streams.ts';
import { joinSubroute } from './subroute.ts';

/** Served is a handler that is registered. */
export interface Served {
  readonly handler: UnaryHandler | StreamHandler;
  readonly subroute: string;
  /** Calls the method of the implementation. */
  readonly invoke: (...args: unknown[]) => unknown;
}

/** Registry has what a session serves. The number of a route is its place. */
export class Registry implements Offer {
  readonly all: Served[] = [];
  readonly #taken = new Set<string>();

  /** Adds a service: all of its handlers, or none and an error. */
  add<I extends object, N extends readonly string[]>(service: ServiceDescriptor<I, N>, implementation: I, names: N): void {
    const subroute = joinSubroute(service.subroute?.(...names) ?? []);
    for (const handler of service.handlers) {
      if (this.#taken.has(`${handler.id}/${subroute}`)) {
        throw new GridError('already_registered', `handler ${handler.id} (${handler.name}) is served already${subroute && ` under ${JSON.stringify(subroute)}`}`);
      }
    }
    for (const handler of service.handlers) {
      this.#taken.add(`${handler.id}/${subroute}`);
      this.all.push({ handler, subroute, invoke: invoker(implementation, handler) });
    }
  }

  on(host: Host, streams: Streams): Serves {
    return new ServedCalls(host, streams, this);
  }

  /** The entries of a routes frame, of the handlers from this place on. */
  entries(from: number): Uint8Array[] {
    return this.all.slice(from).map(({ handler, subroute }, i) => {
      const w = new Writer(64), name = encodeText(subroute);
      w.uint(from + i);
      w.uint(handler.id);
      w.bytes(name);
      const stream = handler.kind === 'stream' ? handler : undefined;
      w.byte(stream ? 1 : 0);
      w.uint(capacity(stream?.in));
      w.uint(capacity(stream?.out));
      return w.copy();
    });
  }
}

/** What generated servers give a session to serve them with. */
export const serving = (): Offer => new Registry();

const capacity = (n: number | undefined): number => Math.min(n ?? 0, 65_535);

function invoker(implementation: object, { key, name }: UnaryHandler | StreamHandler): (...args: unknown[]) => unknown {
  return (...args) => {
    const method = (implementation as Record<string, unknown>)[key];
    if (typeof method !== 'function') throw unimplemented(name);
    return method.apply(implementation, args) as unknown;
  };
}
