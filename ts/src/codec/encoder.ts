import { CodecError, type Fault, placeOf, tooMany } from './errors.ts';
import { writeText } from './text.ts';
import { maxDepth, noLimit } from './wire.ts';

/** A field's number, or its key in a message with text keys. */
export type Key = number | string;

/** What writes nothing: a field that is absent. */
export type Absent = null | undefined;

/**
 * Encoder writes one message, by the functions of this folder: those whose names begin with
 * `write` take a key and write a field, unless it is zero; those that begin with `put` write a
 * value. Every value is looked at, whatever its type promised: one that does not fit is a
 * CodecError that says which field it is. They are functions and not methods, so that a
 * page has those alone that its messages need. Fields are theirs and nobody else's.
 */
export class Encoder {
  b: Uint8Array = new Uint8Array(256);
  at = 0;
  depth: number = maxDepth; // levels that may still begin; below 0 in a message that may be dropped
  spare = false; // what begins next may be dropped
  last: Key | undefined;
  entries = 0; // written so far in the map that is being written

  // Of each message that is being written: its name, the place of its header, and the
  // entries of the map around it.
  readonly names: string[] = [];
  readonly heads: number[] = [];
  readonly outer: number[] = [];

  /** Begins anew, whatever became of the message before. */
  reset(): void {
    this.at = 0;
    this.depth = maxDepth;
    this.spare = false;
    this.last = undefined;
    this.entries = 0;
    this.names.length = this.heads.length = this.outer.length = 0;
  }

  /** A copy of what was written. */
  bytes(): Uint8Array {
    return this.b.slice(0, this.at);
  }

  /** Whether it has so much memory that it should not be used again. */
  get large(): boolean {
    return this.b.length > 1 << 20;
  }

  /** Fails with the place of what is being written. */
  fail(fault: Fault, reason: string): never {
    throw new CodecError(fault, reason, placeOf('encode', this.names, this.last));
  }

  // Messages, unions and tuples.

  /** Begins the map of a message with at most so many entries. `end` follows. */
  begin(name: string, fields: number, value: unknown): void {
    if (typeof value !== 'object' || value === null) {
      wrong(this, `an object for ${name}`, value);
    }
    open(this, name);
    if (fields <= 15) {
      byte(this, 0x80);
    } else {
      byte(this, 0xde);
      number(this, 0, 2);
    }
  }

  /** Ends a message: the number of its entries goes into its header. Its bytes have a limit where the schema says so. */
  end(limit: number = Infinity): void {
    if (this.depth < 0 && this.entries > 0) {
      tooDeep(this);
    }
    const head = this.heads[this.heads.length - 1]!;
    if (this.b[head] === 0xde) {
      this.b[head + 1] = this.entries >> 8;
      this.b[head + 2] = this.entries;
    } else {
      this.b[head]! |= this.entries;
    }
    close(this, limit);
  }

  /** Writes the key of an entry, whose value has to follow. */
  key(key: Key): void {
    this.entries++;
    this.last = key;
    if (typeof key === 'string') {
      putText(this, key, noLimit);
    } else {
      putUint(this, key);
    }
  }
}

export function open(e: Encoder, name: string): void {
  if (e.spare) {
    e.spare = false;
    e.depth--;
  } else {
    enter(e);
  }
  e.names.push(name);
  e.heads.push(e.at);
  e.outer.push(e.entries);
  e.entries = 0;
  e.last = undefined;
}

export function close(e: Encoder, limit: number): void {
  e.last = undefined;
  const size = e.at - e.heads[e.heads.length - 1]!;
  if (size > limit) {
    e.fail('limit', tooMany(size, limit, 'bytes'));
  }
  e.names.pop();
  e.heads.pop();
  e.entries = e.outer.pop()!;
  e.depth++;
}

/** Writes an integer from 0 to 2^32 - 1 in its shortest form. */
export function putUint(e: Encoder, v: number): void {
  if (v < 0x80) {
    byte(e, v);
  } else if (v <= 0xff) {
    byte(e, 0xcc);
    byte(e, v);
  } else if (v <= 0xffff) {
    byte(e, 0xcd);
    number(e, v, 2);
  } else {
    byte(e, 0xce);
    number(e, v, 4);
  }
}

// The header is written for as many bytes as the text has units. Where it turns out to need
// a longer one, the text is moved.
export function putText(e: Encoder, v: string, limit: number): void {
  if (v.length > limit) {
    e.fail('limit', tooMany(v.length, limit, 'bytes or more'));
  }
  const head = textHeader(v.length);
  room(e, 5 + 3 * v.length);
  const from = e.at + head;
  let end = writeText(e.b, from, v);
  if (end < 0) {
    e.fail('malformed', 'the text has half of a surrogate pair, which UTF-8 has no bytes for');
  }
  const size = end - from;
  if (size > limit) {
    e.fail('limit', tooMany(size, limit, 'bytes'));
  }
  const needed = textHeader(size);
  if (needed !== head) {
    e.b.copyWithin(e.at + needed, from, end);
    end += needed - head;
  }
  if (needed === 1) {
    e.b[e.at] = 0xa0 | size;
  } else {
    byte(e, needed === 2 ? 0xd9 : needed === 3 ? 0xda : 0xdb);
    number(e, size, needed - 1);
  }
  e.at = end;
}

export function entriesWithin(e: Encoder, n: number, limit: number): void {
  if (n > limit) {
    e.fail('limit', tooMany(n, limit, 'entries'));
  }
}

export function enter(e: Encoder): void {
  if (e.depth <= 0) {
    tooDeep(e);
  }
  e.depth--;
}

export function tooDeep(e: Encoder): never {
  e.fail('depth', `nested too deeply: more than ${maxDepth} levels`);
}

export function wrong(e: Encoder, wanted: string, v: unknown): never {
  e.fail('malformed', `not ${wanted} but ${v === null ? 'null' : typeof v}`);
}

/** The header of an array or a map, whose short form and first longer form are given. */
export function header(e: Encoder, n: number, short: number, long: number): void {
  if (n <= 15) {
    byte(e, short | n);
  } else if (n <= 0xffff) {
    byte(e, long);
    number(e, n, 2);
  } else {
    byte(e, long + 1);
    number(e, n, 4);
  }
}

export function byte(e: Encoder, v: number): void {
  if (e.at === e.b.length) {
    room(e, 1);
  }
  e.b[e.at++] = v;
}

/** Writes a number of so many bytes. */
export function number(e: Encoder, v: number, size: number): void {
  room(e, size);
  for (let i = size - 1, left = v; i >= 0; i--) {
    e.b[e.at + i] = left & 0xff;
    left = Math.floor(left / 256);
  }
  e.at += size;
}

export function rawBytes(e: Encoder, v: Uint8Array): void {
  room(e, v.length);
  e.b.set(v, e.at);
  e.at += v.length;
}

export function room(e: Encoder, size: number): void {
  const need = e.at + size;
  if (need > e.b.length) {
    const larger = new Uint8Array(Math.max(need, 2 * e.b.length));
    larger.set(e.b.subarray(0, e.at));
    e.b = larger;
  }
}

/** Bytes of the header of a text. */
function textHeader(size: number): number {
  return size < 32 ? 1 : size <= 0xff ? 2 : size <= 0xffff ? 3 : 5;
}

/** Writes an entry of a tuple that is absent. */
export function putNil(e: Encoder): void {
  byte(e, 0xc0);
}

let idle: Encoder | undefined;

/**
 * The bytes of a message: memory of its own. One encoder is kept for the next message, so that each does not
 * grow one from nothing; a message that is encoded while another is (by a getter) has its own.
 */
export function encode<T>(write: (e: Encoder, value: T) => void, value: T): Uint8Array {
  const e = idle ?? new Encoder();
  idle = undefined;
  e.reset();
  write(e, value);
  if (e.large) {
    return e.b.subarray(0, e.at); // which nobody writes to any more
  }
  const bytes = e.bytes();
  idle = e; // after a fault it is dropped
  return bytes;
}
