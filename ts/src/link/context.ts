import type { Caller, HandlerContext } from '../contract.ts';
import type { GridError } from '../errors.ts';
import type { Host } from './host.ts';

const noMetadata: Readonly<Record<string, string>> = /* @__PURE__ */ Object.freeze({});

/** Context is what a handler gets. What it may never look at is made when it does. */
export class Context implements HandlerContext {
  readonly peer: string;
  readonly method: string;
  readonly subroute: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly caller: Caller;
  readonly #host: Host;
  readonly #deadline: number;
  #controller: AbortController | undefined;
  #ended: GridError | undefined;

  constructor(host: Host, method: string, subroute: string, metadata: Readonly<Record<string, string>> | undefined, deadline: number) {
    this.#host = host;
    this.peer = host.peer.name;
    this.caller = host.caller;
    this.method = method;
    this.subroute = subroute;
    this.metadata = metadata ?? noMetadata;
    this.#deadline = deadline;
  }

  get draining(): AbortSignal {
    return this.#host.draining;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#ended) this.#controller.abort(this.#ended);
    }
    return this.#controller.signal;
  }

  remaining(): number | undefined {
    return this.#deadline === Infinity ? undefined : Math.max(0, this.#deadline - performance.now());
  }

  /** Aborts the signal, the first time. */
  end(why: GridError): void {
    if (this.#ended) return;
    this.#ended = why;
    this.#controller?.abort(why);
  }
}
