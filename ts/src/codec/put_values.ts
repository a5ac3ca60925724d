import { type Absent, byte, encode, type Encoder, type Key, number, putNil, rawBytes, room, tooDeep, wrong } from './encoder.ts';
import { tooShort } from './errors.ts';
import { fromScratch, scratch } from './put.ts';
import type { Init } from './types.ts';
import { hasRaw, isUUID, isZeroTime, nilUUID, type Time, writeUUID as setUUID } from './values.ts';
import { skip } from './wire.ts';

export function writeTime(e: Encoder, key: Key, v: Init<Time> | Absent): void {
  if (v !== undefined && v !== null) {
    e.last = key;
    if (!isZeroTime(checkedTime(e, v))) {
      e.key(key);
      putTime(e, v);
    }
  }
}

export function writeUUID(e: Encoder, key: Key, v: string | Absent): void {
  if (v !== undefined && v !== null && v !== nilUUID) {
    e.key(key);
    putUUID(e, v);
  }
}

export function writeRaw(e: Encoder, key: Key, v: Uint8Array | Absent): void {
  if (hasRaw(v)) {
    e.key(key);
    putRaw(e, v);
  }
}

/** Writes the shortest timestamp of msgpack that holds a time. */
export function putTime(e: Encoder, v: Init<Time>): void {
  const { seconds, nanos } = checkedTime(e, v);
  if (seconds >> 34n !== 0n) {
    byte(e, 0xc7);
    byte(e, 12);
    byte(e, 0xff);
    number(e, nanos, 4);
    scratch.setBigInt64(0, seconds);
  } else if (nanos !== 0 || seconds >> 32n !== 0n) {
    byte(e, 0xd7);
    byte(e, 0xff);
    scratch.setBigUint64(0, (BigInt(nanos) << 34n) | seconds);
  } else {
    byte(e, 0xd6);
    byte(e, 0xff);
    number(e, Number(seconds), 4);
    return;
  }
  fromScratch(e, 8);
}

export function checkedTime(e: Encoder, v: Init<Time>): Time {
  if (typeof v !== 'object' || v === null) {
    wrong(e, 'a time { seconds, nanos }', v);
  }
  const { seconds = 0n, nanos = 0 } = v;
  if (typeof seconds !== 'bigint' && !Number.isSafeInteger(seconds)) {
    wrong(e, 'a bigint for the seconds of a time', seconds);
  }
  if (!Number.isInteger(nanos) || nanos < 0 || nanos > 999_999_999) {
    e.fail('malformed', 'the nanoseconds of a time are not from 0 to 999999999');
  }
  const whole = BigInt(seconds);
  if (BigInt.asIntN(64, whole) !== whole) {
    e.fail('malformed', 'the seconds of a time have more than 64 bits');
  }
  return { seconds: whole, nanos };
}

export function putUUID(e: Encoder, v: string): void {
  if (typeof v !== 'string' || !isUUID(v)) {
    wrong(e, 'a UUID as "8-4-4-4-12" hexadecimal digits', v);
  }
  byte(e, 0xc4);
  byte(e, 16);
  room(e, 16);
  setUUID(e.b, e.at, v);
  e.at += 16;
}

/** Writes one value of msgpack as it is, and nil for no bytes. */
export function putRaw(e: Encoder, v: Uint8Array): void {
  if (!(v instanceof Uint8Array)) {
    wrong(e, 'a Uint8Array with one value of msgpack', v);
  }
  if (v.length === 0) {
    putNil(e);
    return;
  }
  const end = endOfValue(e, v, 0);
  if (end !== v.length) {
    e.fail('malformed', `raw value: malformed: ${v.length - end} bytes behind it`);
  }
  rawBytes(e, v);
}

/** Where the value ends that foreign bytes have at a place. */
export function endOfValue(e: Encoder, b: Uint8Array, at: number): number {
  const end = skip(b, at, Math.max(e.depth, 0));
  if (typeof end === 'number') {
    return end;
  }
  if (end === 'deep') {
    tooDeep(e);
  }
  e.fail('malformed', `raw value: ${end === 'short' ? tooShort : 'malformed: byte 0xc1 starts no value'}`);
}

/** The payload of a method whose request or response is `raw`, or a type of Go's: one value of msgpack. */
export function encodeRaw(raw: Uint8Array): Uint8Array {
  return encode((e, value) => putRaw(e, value), raw);
}
