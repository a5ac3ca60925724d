import { charge, type Decoder, malformed, mapHeader, open } from './decoder.ts';
import { CodecError, tooMany } from './errors.ts';
import { readAnyKey } from './read_many.ts';
import { Kept, kept, type UnknownVariant } from './types.ts';
import { noBytes } from './values.ts';
import { defaultLimit } from './wire.ts';

/** Begins a union and says whether a variant follows. */
export function readUnion(d: Decoder, name: string): boolean {
  const n = d.begin(name, 48);
  if (n > 1) {
    d.fail('variant', `not a valid union: ${n} variants`);
  }
  return n === 1;
}

/** Reads a message and skips its fields, and says whether there was one: the value of a variant that had none. */
export function readEmpty(d: Decoder): boolean {
  if (d.nil()) {
    return false;
  }
  open(d, d.names[d.names.length - 1] ?? '', 0);
  for (let n = mapHeader(d); n > 0; n--) {
    readAnyKey(d);
    d.skip();
  }
  d.end();
  return true;
}

/** Passes over the value of an entry and keeps the entry behind what was kept. */
export function readKept(d: Decoder, before: Kept | undefined): Kept {
  const key = d.keys[d.keys.length - 1]!;
  const from = key >= 0 ? key : d.at;
  d.skip();
  const entries = 1 + (before?.entries ?? 0);
  if (entries > defaultLimit) {
    d.fail('limit', tooMany(entries, defaultLimit, 'entries that are not known here'));
  }
  const old = before?.bytes ?? noBytes;
  return new Kept(entries, grown(d, old, from));
}

// The memory doubles, so that many entries are not copied for each.
export function grown(d: Decoder, old: Uint8Array, from: number): Uint8Array {
  const size = old.length + d.at - from;
  let memory = new Uint8Array(old.buffer, old.byteOffset);
  if (old.length === 0 || memory.length < size) {
    const capacity = Math.max(size, 2 * old.length, 64);
    charge(d, capacity);
    memory = new Uint8Array(capacity);
    memory.set(old);
  }
  memory.set(d.b.subarray(from, d.at), old.length);
  return memory.subarray(0, size);
}

/** Reads a variant that is not known here. */
export function readUnknown(d: Decoder, number: number, keeps: boolean): UnknownVariant {
  if (keeps) {
    return { kind: 'unknown', number, [kept]: readKept(d, undefined) };
  }
  d.skip();
  return { kind: 'unknown', number };
}

/** Reads a secret field: an error in it says where it is, and not what was read. */
export function readSecret<T>(d: Decoder, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof CodecError && error.fault === 'malformed') {
      malformed(d, 'the value is secret');
    }
    throw error;
  }
}
