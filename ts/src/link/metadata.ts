import { GridError } from '../errors.ts';
import { Writer, encodeText } from '../wire/bytes.ts';
import { MAX_METADATA } from '../wire/frames.ts';

/** Metadata as it travels, undefined for none. */
export function encodeMetadata(pairs: Readonly<Record<string, string>> | undefined): Uint8Array | undefined {
  const all = pairs ? Object.entries(pairs) : [];
  if (all.length === 0) return undefined;
  const w = new Writer(128);
  w.uint(all.length);
  for (const [key, value] of all) {
    w.bytes(encodeText(key));
    w.bytes(encodeText(value));
  }
  if (w.at > MAX_METADATA) throw new GridError('invalid_argument', `metadata of ${w.at} bytes, at most ${MAX_METADATA} travel`, { outcome: 'not sent' });
  return w.copy();
}
