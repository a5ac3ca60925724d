import { Malformed, Reader, decodeText } from '../wire/bytes.ts';
import type { Route } from './host.ts';

/** Routes are the handlers that the other end has announced. */
export class Routes {
  /** The first complete set has come. */
  ready = false;
  readonly #most: number;
  readonly #all = new Map<string, Map<number, Route>>(); // by subroute, then by handler
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  find(id: number, subroute: string): Route | undefined {
    return this.#all.get(subroute)?.get(id);
  }

  /** Reads a routes frame. */
  add(r: Reader): void {
    const flags = r.uint();
    if (flags & ~1) throw new Malformed('routes with flags that there are not');
    this.#bytes += r.end - r.at;
    if (this.#bytes > this.#most) throw new Malformed(`routes of more than ${this.#most} bytes`);
    while (r.more) this.#entry(new Reader(r.bytes()));
    if (!(flags & 1)) this.ready = true;
  }

  #entry(e: Reader): void {
    const number = e.uint(), id = e.uint(), name = e.bytes(), flags = e.uint(), input = e.uint(), output = e.uint();
    if (id < 1 || id > 65_535 || name.length > 4096 || input > 65_535 || output > 65_535) throw new Malformed('a route that is outside of its bounds');
    const subroute = decodeText(name);
    let of = this.#all.get(subroute);
    if (!of) this.#all.set(subroute, (of = new Map()));
    of.set(id, { number, stream: (flags & 1) !== 0, input, output });
  }
}
