import type { Sink } from './out.ts';

/** What a liveness asks for. */
interface Asked {
  ping(): void;
  /** Sends a pong that answers nothing: a sign of life. */
  sign(): void;
  dead(why: string): void;
}

/**
 * Liveness asks for a sign of life after a silence, and gives up after another. Timers of
 * a page that nobody looks at come late, and of one that was asleep very late: then
 * silence proves nothing until the messages that wait have been read.
 */
export class Liveness {
  readonly #interval: number;
  readonly #asked: Asked;
  readonly #out: { readonly wrote: number };
  readonly #sink: Sink;
  readonly #timer: ReturnType<typeof setInterval>;
  #heard: number = performance.now();
  #ticked: number = performance.now();
  #asking: number | undefined; // since when
  #buffered = 0;
  #stalled: number = performance.now();
  #cameIn = 0; // since this end has written

  constructor(interval: number, out: { readonly wrote: number }, sink: Sink, asked: Asked) {
    this.#interval = interval;
    this.#out = out;
    this.#sink = sink;
    this.#asked = asked;
    this.#timer = setInterval(() => this.#tick(), interval / 4);
  }

  /** Bytes came. */
  heard(): void {
    this.#heard = performance.now();
    this.#asking = undefined;
    this.#cameIn++;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = performance.now(), late = now - this.#ticked > this.#interval / 2;
    this.#ticked = now;
    if (this.#stuck(now, late)) return;
    if (this.#out.wrote > now - this.#interval * 1.25) this.#cameIn = 0;
    else if (this.#cameIn > 1) {
      this.#cameIn = 0;
      this.#asked.sign();
    }
    if (this.#asking !== undefined && late) this.#asking = now;
    if (this.#asking === undefined) {
      if (now - this.#heard < this.#interval) return;
      this.#asking = now;
      this.#asked.ping();
    } else if (now - this.#asking >= this.#interval) {
      this.#asked.dead(`nothing was heard for ${Math.round((now - this.#heard) / 1000)} s`);
    }
  }

  /**
   * Whether the socket has taken nothing for too long. A stream of equal batches has as much
   * in the socket at each look: that something was written since tells that room was made.
   */
  #stuck(now: number, late: boolean): boolean {
    const buffered = this.#sink.bufferedAmount;
    if (buffered === 0 || buffered < this.#buffered || late) this.#stalled = now;
    this.#stalled = Math.max(this.#stalled, this.#out.wrote);
    this.#buffered = buffered;
    if (now - this.#stalled < this.#interval) return false;
    this.#asked.dead(`nothing could be written for ${Math.round((now - this.#stalled) / 1000)} s`);
    return true;
  }
}
