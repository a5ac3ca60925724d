import { bodyAt, charge, content, type Decoder, exactFloat, length, malformed, otherType, views } from './decoder.ts';
import { given } from '../own.ts';
import { readText } from './text.ts';
import { noBytes } from './values.ts';
import { noLimit, readUint } from './wire.ts';

export function readBool(d: Decoder): boolean {
  const lead = d.b[d.at];
  if (lead === 0xc3 || lead === 0xc2 || lead === 0xc0) {
    d.at++;
    return lead === 0xc3;
  }
  return otherType(d);
}

export function readInt8(d: Decoder): number { return readSmall(d, -0x80, 0x7f); }

export function readInt16(d: Decoder): number { return readSmall(d, -0x8000, 0x7fff); }

export function readInt32(d: Decoder): number { return readSmall(d, -0x8000_0000, 0x7fff_ffff); }

export function readUint8(d: Decoder): number { return readSmall(d, 0, 0xff); }

export function readUint16(d: Decoder): number { return readSmall(d, 0, 0xffff); }

export function readUint32(d: Decoder): number { return readSmall(d, 0, 0xffff_ffff); }

export function readSmall(d: Decoder, low: number, high: number): number {
  const lead = d.b[d.at];
  if (lead !== undefined && lead < 0x80) {
    d.at++;
    return lead;
  }
  const v = integer(d);
  if (v < low || v > high) {
    malformed(d, `${v} is not from ${low} to ${high}`);
  }
  return Number(v);
}

export function readInt64(d: Decoder): bigint {
  return readWide(d, -0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn);
}

export function readUint64(d: Decoder): bigint {
  return readWide(d, 0n, 0xffff_ffff_ffff_ffffn);
}

/** Nanoseconds. */
export function readDuration(d: Decoder): bigint {
  return readInt64(d);
}

export function readWide(d: Decoder, low: bigint, high: bigint): bigint {
  const v = integer(d);
  if (v < low || v > high) {
    malformed(d, `${v} is not from ${low} to ${high}`);
  }
  return BigInt(v);
}

/** Reads an integer in any form: a bigint where it takes 64 bits, 0 for nil. */
export function integer(d: Decoder): number | bigint {
  const lead = d.b[d.at];
  if (lead === 0xc0) {
    d.at++;
    return 0;
  }
  if (lead === 0xca || lead === 0xcb) {
    return wholeFloat(d);
  }
  return plainInteger(d) ?? otherType(d);
}

/** Reads an integer that is written as one; undefined for something else. */
export function plainInteger(d: Decoder): number | bigint | undefined {
  const lead = d.b[d.at];
  if (lead === undefined || (lead >= 0x80 && lead < 0xcc) || (lead > 0xd3 && lead < 0xe0)) {
    return undefined;
  }
  if (lead < 0x80 || lead >= 0xe0) {
    d.at++;
    return lead < 0x80 ? lead : lead - 0x100;
  }
  const size = 1 << (lead & 3);
  const at = content(d, size);
  const signed = lead >= 0xd0;
  if (size === 8) {
    return signed ? views(d).getBigInt64(at) : views(d).getBigUint64(at);
  }
  const v = readUint(d.b, at, size);
  return signed && v >= 2 ** (8 * size - 1) ? v - 2 ** (8 * size) : v;
}

export function wholeFloat(d: Decoder): number {
  const v = readFloat(d)!;
  if (!Number.isInteger(v) || Math.abs(v) > exactFloat) {
    malformed(d, `the float ${v} is not exactly an integer`);
  }
  return v + 0; // no minus zero
}

/** Reads a float of either width; undefined for something else. */
export function readFloat(d: Decoder): number | undefined {
  const lead = d.b[d.at];
  if (lead === 0xcb) {
    const at = content(d, 8);
    return views(d).getFloat64(at);
  }
  if (lead === 0xca) {
    const at = content(d, 4);
    return views(d).getFloat32(at);
  }
  return undefined;
}

export function readFloat32(d: Decoder): number {
  return readNumber(d, 32, Math.fround);
}

export function readFloat64(d: Decoder): number {
  return readNumber(d, 64, Number);
}

/** Reads a number of which a float of the width is exactly the value. */
export function readNumber(d: Decoder, width: number, round: (v: number) => number): number {
  if (d.nil()) {
    return 0;
  }
  const f = readFloat(d);
  if (f !== undefined) {
    if (round(f) !== f && !Number.isNaN(f)) {
      malformed(d, `the float64 ${f} is not exactly a float${width}`);
    }
    return f;
  }
  const v = plainInteger(d) ?? otherType(d);
  const rounded = round(Number(v));
  if (BigInt(rounded) !== BigInt(v)) {
    malformed(d, `no float${width} is exactly the integer ${v}`);
  }
  return rounded;
}

/** Reads a text of at most limit bytes. */
export function readString(d: Decoder, limit: number = noLimit): string {
  if (d.nil()) {
    return '';
  }
  const lead = d.b[d.at]!;
  const size = lead >= 0xa0 && lead < 0xc0 ? lead & 0x1f : lead >= 0xd9 && lead <= 0xdb ? length(d, 1 << (lead - 0xd9)) : otherType(d);
  if (lead < 0xc0) {
    d.at++;
  }
  const from = bodyAt(d, size, limit);
  const text = readText(d.b, from, from + size);
  if (text === undefined) {
    d.at = from;
    malformed(d, 'the text is not UTF-8');
  }
  charge(d, 2 * size);
  return text;
}

/** Reads bytes, at most limit: memory of their own, which most of a large payload is already. */
export function readBlob(d: Decoder, limit: number = noLimit): Uint8Array {
  if (d.nil()) {
    return noBytes;
  }
  const size = binHeader(d);
  const from = bodyAt(d, size, limit);
  if (size === 0) {
    return noBytes;
  }
  charge(d, size);
  return size * 2 > d.b.length && given.has(d.b) ? d.b.subarray(from, from + size) : d.b.slice(from, from + size);
}

export function binHeader(d: Decoder): number {
  const lead = d.b[d.at]!;
  return lead >= 0xc4 && lead <= 0xc6 ? length(d, 1 << (lead - 0xc4)) : otherType(d);
}
