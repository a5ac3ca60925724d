import { Malformed, type Reader, type Writer } from '../wire/bytes.ts';
import { EAGER, type Failure, HEAD, LARGE, WITH_METADATA, readMetadata, writeFailure } from '../wire/frames.ts';
import type { Entry } from './out.ts';
import type { Registry, Served } from './registry.ts';

const none = /* @__PURE__ */ new Uint8Array(0);

/** A failure that says that nothing ran. */
export const refusal = (code: string, text: string): Failure => ({ outcome: 'rejected', code, text, detail: none });

/** A frame of an id, numbers and a failure: an error, or the end of a stream. */
export function failing(kind: number, head: readonly (number | bigint)[], failure: Failure): Entry {
  const size = HEAD + 6 * failure.text.length + 6 * failure.code.length + failure.detail.length;
  return {
    size: Math.min(size, HEAD + 4600 + failure.detail.length),
    write(w: Writer): void {
      const begun = w.begin(kind, this.size);
      for (const n of head) w.uint(n);
      writeFailure(w, failure);
      w.end(begun);
    },
  };
}

/** Opening is the head of a call or open frame, behind its id. */
export interface Opening {
  readonly served: Served | undefined;
  readonly deadline: number;
  readonly credit: number;
  readonly metadata: Record<string, string> | undefined;
  /** Of a large payload that follows, else 0. */
  readonly size: number;
}

/** Reads what call and open have in common; a call has no credit. */
export function readOpening(r: Reader, registry: Registry, credit: boolean): Opening {
  const served = registry.all[r.uint()], timeout = r.uint();
  const messages = credit ? Math.min(r.uint(), 65_535) : 0, flags = r.uint();
  if (flags & ~(LARGE | WITH_METADATA)) throw new Malformed('a call or open with flags that there are not');
  const metadata = flags & WITH_METADATA ? readMetadata(r) : undefined;
  const size = flags & LARGE ? r.uint() : 0;
  if (flags & LARGE && size <= EAGER) throw new Malformed(`a payload of ${size} bytes was announced as a large one`);
  if (!(flags & LARGE) && r.end - r.at > EAGER) throw new Malformed(`a payload of ${r.end - r.at} bytes in one frame`);
  return { served, deadline: timeout === 0 ? Infinity : performance.now() + timeout / 1000, credit: messages, metadata, size };
}
