import type { Outcome } from '../errors.ts';
import { Malformed, encodeText, type Reader, type Writer } from './bytes.ts';

/** The kinds of frames, as in PROTOCOL.md section 6. */
export const CALL = 1, REPLY = 2, ERROR = 3, OPEN = 4, MESSAGE = 5, END = 6, RESET = 7;
export const CREDIT = 8, CHUNK = 9, PING = 10, PONG = 11, GOAWAY = 12, ROUTES = 13, SHAPES = 14;

/** Flags of call, open, reply and message. */
export const LARGE = 1, WITH_METADATA = 2;

/** Targets of reset, credit and chunk; that of a grant is GRANT plus that of the message. */
export const OF_SESSION = 0, OF_CALL = 1, OF_REPLY = 2, OF_STREAM = 3, GRANT = 4;

/** A payload of more bytes travels in chunks. */
export const EAGER = 73_728;

/** The most bytes of a batch that Chromium does not cut into fragments. */
export const BATCH = 65_536;

/** What a frame takes beside its payload, at most, where it has no metadata. */
export const HEAD = 64;

export const MAX_CREDIT_MESSAGES = 65_535, MAX_CREDIT_BYTES: number = 2 ** 40, MAX_CHUNK_WINDOW: number = 64 << 20;

/** Failure is why a call or stream did not go well, as it travels. */
export interface Failure {
  readonly outcome: Outcome;
  readonly code: string;
  readonly text: string;
  readonly detail: Uint8Array;
}

const outcomes: readonly (Outcome | undefined)[] = [undefined, undefined, 'rejected', 'may have run', 'ran'];

/** The outcome of what was refused, as it travels. */
export const REJECTED = 2;

export function readFailure(r: Reader): Failure {
  const outcome = outcomes[r.uint()];
  if (outcome === undefined) throw new Malformed('a failure has an outcome that there is not');
  return { outcome, code: r.string(), text: r.string(), detail: r.rest() };
}

export function writeFailure(w: Writer, f: Failure): void {
  w.uint(outcomes.indexOf(f.outcome));
  w.bytes(cut(f.code, 256));
  let { text, detail } = f;
  if (detail.length > 65_536) {
    text = `its fields have ${detail.length} bytes, at most 65536 travel: they were left out. ${text}`;
    detail = new Uint8Array(0);
  }
  w.bytes(cut(text, 4096));
  w.raw(detail);
}

/** The bytes of a text, of which at most so many travel; no letter is cut in two. */
function cut(s: string, most: number): Uint8Array {
  let b = encodeText(s);
  if (b.length <= most) return b;
  let end = most;
  while (end > 0 && (b[end]! & 0xc0) === 0x80) end--;
  b = b.subarray(0, end);
  return b;
}

/** The most bytes of metadata. */
export const MAX_METADATA = 8192;

/** Reads metadata: bytes of a count and pairs. */
export function readMetadata(r: Reader): Record<string, string> {
  const pairs: Record<string, string> = Object.create(null) as Record<string, string>;
  const end = r.uint() + r.at;
  if (end > r.end || end - r.at > MAX_METADATA) throw new Malformed('metadata is cut short or too long');
  for (let n = r.uint(); n > 0; n--) {
    const key = r.string();
    pairs[key] = r.string();
    if (r.at > end) throw new Malformed('metadata is cut short');
  }
  if (r.at !== end) throw new Malformed('metadata has bytes that belong to no pair');
  return pairs;
}
