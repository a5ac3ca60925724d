import { bodyAt, charge, decode, type Decoder, malformed, otherType } from './decoder.ts';
import { binHeader } from './read.ts';
import { nilUUID, noBytes, readUUID as uuidAt, type Time, zeroTime } from './values.ts';
import { noLimit } from './wire.ts';

export function readTime(d: Decoder): Time {
  if (d.nil()) {
    return zeroTime;
  }
  const from = d.at;
  if (extHeader(d.b[from]!) === 0) {
    otherType(d);
  }
  d.skip();
  const time = timeAt(d.b, from, d.at);
  if (time === undefined) {
    malformed(d, 'a timestamp that is none');
  }
  charge(d, 64);
  return time;
}

export function readUUID(d: Decoder): string {
  if (d.nil()) {
    return nilUUID;
  }
  const size = binHeader(d);
  const from = bodyAt(d, size, noLimit);
  if (size !== 16) {
    malformed(d, `uuid of ${size} bytes`);
  }
  charge(d, 64);
  return uuidAt(d.b, from);
}

/** Reads one value as it is; none for nil. */
export function readRaw(d: Decoder): Uint8Array {
  if (d.nil()) {
    return noBytes;
  }
  const from = d.at;
  d.skip();
  charge(d, d.at - from);
  return d.b.slice(from, d.at);
}

/** Bytes of the header of an extension; 0 for another value. */
function extHeader(lead: number): number {
  return lead >= 0xd4 && lead <= 0xd8 ? 2 : lead === 0xc7 ? 3 : lead === 0xc8 ? 4 : lead === 0xc9 ? 6 : 0;
}

/** The timestamp of a whole extension: msgpack's own, or the older one of msgp. */
function timeAt(b: Uint8Array, from: number, to: number): Time | undefined {
  const head = extHeader(b[from]!);
  const view = new DataView(b.buffer, b.byteOffset + from + head, to - from - head);
  const sort = b[from + head - 1]!;
  if (sort === 5) {
    return view.byteLength === 12 ? normal(view.getBigInt64(0), view.getInt32(8)) : undefined;
  }
  if (sort !== 0xff) {
    return undefined;
  }
  switch (view.byteLength) {
    case 4:
      return { seconds: BigInt(view.getUint32(0)), nanos: 0 };
    case 8: {
      const v = view.getBigUint64(0);
      return within(v & 0x3_ffff_ffffn, Number(v >> 34n));
    }
    case 12:
      return within(view.getBigInt64(4), view.getUint32(0));
  }
  return undefined;
}

function within(seconds: bigint, nanos: number): Time | undefined {
  return nanos <= 999_999_999 ? { seconds, nanos } : undefined;
}

/** The time of nanoseconds that may be of any size. */
function normal(seconds: bigint, nanos: number): Time {
  const more = Math.floor(nanos / 1_000_000_000);
  return { seconds: BigInt.asIntN(64, seconds + BigInt(more)), nanos: nanos - more * 1_000_000_000 };
}

/** Reads one value of msgpack as it is: memory of its own. */
export function decodeRaw(bytes: Uint8Array): Uint8Array {
  return decode((d) => readRaw(d), bytes);
}
