import { type Absent, byte, type Encoder, type Key, number, putText, putUint, rawBytes, room, wrong } from './encoder.ts';
import { tooMany } from './errors.ts';
import { noLimit } from './wire.ts';

/** An integer of 64 bits as it is given to be sent. */
export type Integer = bigint | number;

export const scratch: DataView = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8));

export function writeBool(e: Encoder, key: Key, v: boolean | Absent): void {
  if (v !== undefined && v !== null && v !== false) {
    e.key(key);
    putBool(e, v);
  }
}

export function writeInt8(e: Encoder, key: Key, v: number | Absent): void { writeSmall(e, key, v, -0x80, 0x7f); }

export function writeInt16(e: Encoder, key: Key, v: number | Absent): void { writeSmall(e, key, v, -0x8000, 0x7fff); }

export function writeInt32(e: Encoder, key: Key, v: number | Absent): void { writeSmall(e, key, v, -0x8000_0000, 0x7fff_ffff); }

export function writeUint8(e: Encoder, key: Key, v: number | Absent): void { writeSmall(e, key, v, 0, 0xff); }

export function writeUint16(e: Encoder, key: Key, v: number | Absent): void { writeSmall(e, key, v, 0, 0xffff); }

export function writeUint32(e: Encoder, key: Key, v: number | Absent): void { writeSmall(e, key, v, 0, 0xffff_ffff); }

export function writeSmall(e: Encoder, key: Key, v: number | Absent, low: number, high: number): void {
  if (v !== undefined && v !== null && v !== 0) {
    e.key(key);
    putSmall(e, v, low, high);
  }
}

export function writeInt64(e: Encoder, key: Key, v: Integer | Absent): void {
  if (v !== undefined && v !== null && v !== 0 && v !== 0n) {
    e.key(key);
    putInt64(e, v);
  }
}

export function writeUint64(e: Encoder, key: Key, v: Integer | Absent): void {
  if (v !== undefined && v !== null && v !== 0 && v !== 0n) {
    e.key(key);
    putUint64(e, v);
  }
}

/** A duration is an int64 of nanoseconds. */
export function writeDuration(e: Encoder, key: Key, v: Integer | Absent): void {
  writeInt64(e, key, v);
}

/** Minus zero is not zero: it is written. */
export function writeFloat32(e: Encoder, key: Key, v: number | Absent): void {
  if (v !== undefined && v !== null && !Object.is(Math.fround(v), 0)) {
    e.key(key);
    putFloat32(e, v);
  }
}

/** Minus zero is not zero: it is written. */
export function writeFloat64(e: Encoder, key: Key, v: number | Absent): void {
  if (v !== undefined && v !== null && !Object.is(v, 0)) {
    e.key(key);
    putFloat64(e, v);
  }
}

export function writeString(e: Encoder, key: Key, v: string | Absent, limit: number = noLimit): void {
  if (v !== undefined && v !== null && v !== '') {
    e.key(key);
    putString(e, v, limit);
  }
}

export function writeBlob(e: Encoder, key: Key, v: Uint8Array | Absent, limit: number = noLimit): void {
  if (v !== undefined && v !== null && v.length !== 0) {
    e.key(key);
    putBlob(e, v, limit);
  }
}

export function putBool(e: Encoder, v: boolean): void {
  if (typeof v !== 'boolean') {
    wrong(e, 'a boolean', v);
  }
  byte(e, v ? 0xc3 : 0xc2);
}

export function putInt8(e: Encoder, v: number): void { putSmall(e, v, -0x80, 0x7f); }

export function putInt16(e: Encoder, v: number): void { putSmall(e, v, -0x8000, 0x7fff); }

export function putInt32(e: Encoder, v: number): void { putSmall(e, v, -0x8000_0000, 0x7fff_ffff); }

export function putUint8(e: Encoder, v: number): void { putSmall(e, v, 0, 0xff); }

export function putUint16(e: Encoder, v: number): void { putSmall(e, v, 0, 0xffff); }

export function putUint32(e: Encoder, v: number): void { putSmall(e, v, 0, 0xffff_ffff); }

export function putSmall(e: Encoder, v: number, low: number, high: number): void {
  if (!Number.isInteger(v)) {
    wrong(e, 'an integer', v);
  }
  if (v < low || v > high) {
    e.fail('malformed', `the number is not from ${low} to ${high}`);
  }
  if (v >= 0) {
    putUint(e, v);
  } else {
    negative(e, v);
  }
}

export function negative(e: Encoder, v: number): void {
  if (v >= -32) {
    byte(e, v & 0xff);
  } else if (v >= -0x80) {
    byte(e, 0xd0);
    byte(e, v & 0xff);
  } else if (v >= -0x8000) {
    byte(e, 0xd1);
    number(e, v & 0xffff, 2);
  } else {
    byte(e, 0xd2);
    number(e, v >>> 0, 4);
  }
}

export function putInt64(e: Encoder, v: Integer): void {
  putWide(e, v, -0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn);
}

export function putUint64(e: Encoder, v: Integer): void {
  putWide(e, v, 0n, 0xffff_ffff_ffff_ffffn);
}

export function putDuration(e: Encoder, v: Integer): void {
  putInt64(e, v);
}

export function putWide(e: Encoder, v: Integer, low: bigint, high: bigint): void {
  if (typeof v === 'number' && !Number.isSafeInteger(v)) {
    e.fail('malformed', Number.isInteger(v) ? 'the number is larger than Number.MAX_SAFE_INTEGER: give a bigint' : 'not an integer but a number');
  }
  if (typeof v !== 'number' && typeof v !== 'bigint') {
    wrong(e, 'a bigint', v);
  }
  if (v < low || v > high) {
    e.fail('malformed', `the number is not from ${low} to ${high}`);
  }
  if (v >= -0x8000_0000 && v <= 0xffff_ffff) {
    const small = Number(v);
    if (small >= 0) {
      putUint(e, small);
    } else {
      negative(e, small);
    }
    return;
  }
  byte(e, v < 0 ? 0xd3 : 0xcf);
  scratch.setBigUint64(0, BigInt.asUintN(64, BigInt(v)));
  fromScratch(e, 8);
}

export function putFloat32(e: Encoder, v: number): void {
  checkNumber(e, v);
  const narrow = Math.fround(v);
  if (!Number.isFinite(narrow) && Number.isFinite(v)) {
    e.fail('malformed', 'the number is larger than a float32 can be');
  }
  byte(e, 0xca);
  scratch.setFloat32(0, narrow);
  fromScratch(e, 4);
}

export function putFloat64(e: Encoder, v: number): void {
  checkNumber(e, v);
  byte(e, 0xcb);
  scratch.setFloat64(0, v);
  fromScratch(e, 8);
}

export function checkNumber(e: Encoder, v: unknown): void {
  if (typeof v !== 'number') {
    wrong(e, 'a number', v);
  }
}

export function fromScratch(e: Encoder, size: number): void {
  room(e, size);
  for (let i = 0; i < size; i++) {
    e.b[e.at++] = scratch.getUint8(i);
  }
}

/** Writes a text of at most limit bytes. */
export function putString(e: Encoder, v: string, limit: number = noLimit): void {
  if (typeof v !== 'string') {
    wrong(e, 'a string', v);
  }
  putText(e, v, limit);
}

/** Writes bytes, at most limit. */
export function putBlob(e: Encoder, v: Uint8Array, limit: number = noLimit): void {
  if (!(v instanceof Uint8Array)) {
    wrong(e, 'a Uint8Array', v);
  }
  const n = v.length;
  if (n > limit) {
    e.fail('limit', tooMany(n, limit, 'bytes'));
  }
  if (n <= 0xff) {
    byte(e, 0xc4);
    byte(e, n);
  } else if (n <= 0xffff) {
    byte(e, 0xc5);
    number(e, n, 2);
  } else {
    byte(e, 0xc6);
    number(e, n, 4);
  }
  rawBytes(e, v);
}
