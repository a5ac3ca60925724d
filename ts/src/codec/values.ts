import { CodecError } from './errors.ts';

/** Time is a moment: seconds since 1970 in UTC, which may be negative, and nanoseconds from 0 to 999,999,999. */
export interface Time {
  readonly seconds: bigint;
  readonly nanos: number;
}

/** What a time field that was not set holds, in Go too: the first moment of the year 1. */
export const zeroTime: Time = /* @__PURE__ */ Object.freeze({ seconds: -62_135_596_800n, nanos: 0 });

/** Whether a time was set. */
export function isZeroTime(time: Time): boolean {
  return time.nanos === 0 && BigInt(time.seconds) === zeroTime.seconds;
}

/** The time of a Date, which has milliseconds. */
export function timeOf(date: Date): Time {
  const ms = date.getTime();
  if (Number.isNaN(ms)) {
    throw new CodecError('malformed', 'the date is not valid');
  }
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: (ms - seconds * 1000) * 1_000_000 };
}

/** The time as it is now. */
export function now(): Time {
  return timeOf(new Date());
}

/** The Date of a time, without what is less than a millisecond. It is not valid where no Date is so early or so late. */
export function dateOf(time: Time): Date {
  return new Date(Number(time.seconds) * 1000 + Math.floor(time.nanos / 1_000_000));
}

/** A duration as the language has it: nanoseconds. Fractions of a nanosecond are left out. */
export function durationOf(milliseconds: number): bigint {
  const whole = Math.trunc(milliseconds);
  return BigInt(whole) * 1_000_000n + BigInt(Math.trunc((milliseconds - whole) * 1_000_000));
}

/** The milliseconds of a duration. */
export function millisecondsOf(duration: bigint): number {
  return Number(duration / 1_000_000n) + Number(duration % 1_000_000n) / 1_000_000;
}

/** What a uuid field that was not set holds. */
export const nilUUID = '00000000-0000-0000-0000-000000000000';

const hex = /* @__PURE__ */ Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** The text of the 16 bytes at a place, in lower case with hyphens. */
export function readUUID(b: Uint8Array, at: number): string {
  let text = '';
  for (let i = 0; i < 16; i++) {
    text += (i === 4 || i === 6 || i === 8 || i === 10 ? '-' : '') + hex[b[at + i]!]!;
  }
  return text;
}

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text is a UUID, in either case. */
export function isUUID(text: string): boolean {
  return uuidForm.test(text);
}

/** Writes the bytes of a UUID. */
export function writeUUID(b: Uint8Array, at: number, text: string): void {
  let i = 0;
  for (let digit = 0; digit < 36; digit += text[digit] === '-' ? 1 : 2) {
    if (text[digit] !== '-') {
      b[at + i++] = Number.parseInt(text.slice(digit, digit + 2), 16);
    }
  }
}

/** Bytes of which there are none: what a bytes or raw field that was not set holds. */
export const noBytes: Uint8Array = /* @__PURE__ */ new Uint8Array(0);

/** What a list that was not set holds. */
export const noItems: readonly never[] = /* @__PURE__ */ Object.freeze([]);

/** What a map that was not set holds. Nothing can be put into it. */
export const noEntries: ReadonlyMap<any, never> = /* @__PURE__ */ Object.defineProperty(new Map<any, never>(), 'set', {
  value: () => {
    throw new TypeError('this map is what a field that was not set holds: make a new one');
  },
});

/**
 * Whether a raw value is there. Raw is one value of msgpack as it is; no bytes are none, and
 * nil, which is never written, is none either.
 */
export function hasRaw(raw: Uint8Array | null | undefined): raw is Uint8Array {
  return raw !== undefined && raw !== null && raw.length > 0 && raw[0] !== 0xc0;
}

/** What an error says of its fields: "path "a/b", tries 3". */
export function textOf(fields: Readonly<Record<string, boolean | number | bigint | string | Time>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name} ${shown(value)}`)
    .join(', ');
}

function shown(value: boolean | number | bigint | string | Time): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 256 ? `${value.slice(0, 256)}…` : value);
  }
  if (typeof value !== 'object') {
    return String(value);
  }
  const date = dateOf(value);
  return Number.isNaN(date.getTime()) ? `${value.seconds} s` : date.toISOString();
}
