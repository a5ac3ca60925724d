/** Timed is what ends at a time, by performance.now(). */
export interface Timed {
  readonly deadline: number;
  expire(): void;
}

/**
 * Deadlines keeps many times with one timer, so that a call costs none: calls end long
 * before their time as a rule.
 */
export class Deadlines {
  readonly #all = new Set<Timed>();
  #next = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  add(t: Timed): void {
    if (t.deadline === Infinity) return;
    this.#all.add(t);
    if (t.deadline < this.#next) this.#arm(t.deadline);
  }

  delete(t: Timed): void {
    this.#all.delete(t);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#all.clear();
    this.#next = Infinity;
  }

  #arm(at: number): void {
    clearTimeout(this.#timer);
    this.#next = at;
    this.#timer = setTimeout(() => this.#fire(), Math.min(Math.max(Math.ceil(at - performance.now()), 0), 2 ** 31 - 1));
  }

  #fire(): void {
    const now = performance.now();
    let next = Infinity;
    for (const t of [...this.#all]) {
      if (t.deadline <= now) {
        this.#all.delete(t);
        t.expire();
      } else if (t.deadline < next) next = t.deadline;
    }
    this.#next = Infinity;
    if (next < Infinity) this.#arm(next);
  }
}
