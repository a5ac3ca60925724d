import { CodecError, type Fault, placeOf, tooMany, tooShort } from './errors.ts';
import { compareText, writeText } from './text.ts';
import { type Init, Kept, kept, type UnknownVariant } from './types.ts';
import { hasRaw, isUUID, isZeroTime, nilUUID, type Time, writeUUID } from './values.ts';
import { maxDepth, noLimit, readUint, skip } from './wire.ts';

/** A field's number, or its key in a message with text keys. */
export type Key = number | string;

/** An integer of 64 bits as it is given to be sent. */
export type Integer = bigint | number;

type Absent = null | undefined;

/** What a map is given as: a Map, or an object whose keys are texts. */
type Entries<K, V> = ReadonlyMap<K, V> | { readonly [key: string]: V };

const scratch = /* @__PURE__ */ new DataView(new ArrayBuffer(8));

/**
 * Encoder writes one message. The methods that take a key write a field, unless it is
 * zero; those whose names begin with `put` write a value. Every value is looked at, whatever
 * its type promised: one that does not fit is a CodecError that says which field it is.
 */
export class Encoder {
  #b = new Uint8Array(256);
  #at = 0;
  #depth = maxDepth; // levels that may still begin; below 0 in a message that may be dropped
  #spare = false; // what begins next may be dropped
  #key: Key | undefined;
  #entries = 0; // written so far in the map that is being written

  // Of each message that is being written: its name, the place of its header, and the
  // entries of the map around it.
  readonly #names: string[] = [];
  readonly #heads: number[] = [];
  readonly #outer: number[] = [];

  /** Begins anew, whatever became of the message before. */
  reset(): void {
    this.#at = 0;
    this.#depth = maxDepth;
    this.#spare = false;
    this.#key = undefined;
    this.#entries = 0;
    this.#names.length = this.#heads.length = this.#outer.length = 0;
  }

  /** A copy of what was written. */
  bytes(): Uint8Array {
    return this.#b.slice(0, this.#at);
  }

  /** Whether it has so much memory that it should not be used again. */
  get large(): boolean {
    return this.#b.length > 1 << 20;
  }

  /** Fails with the place of what is being written. */
  fail(fault: Fault, reason: string): never {
    throw new CodecError(fault, reason, placeOf('encode', this.#names, this.#key));
  }

  // Messages, unions and tuples.

  /** Begins the map of a message with so many fields, and of one that keeps with those. `end` follows. */
  begin(name: string, fields: number, value: unknown, keeps: boolean = false): void {
    if (typeof value !== 'object' || value === null) {
      this.#wrong(`an object for ${name}`, value);
    }
    this.#open(name);
    if (fields + (keeps ? keptOf(value).entries : 0) <= 15) {
      this.#byte(0x80);
    } else {
      this.#byte(0xde);
      this.#uint(0, 2);
    }
  }

  #open(name: string): void {
    if (this.#spare) {
      this.#spare = false;
      this.#depth--;
    } else {
      this.#enter();
    }
    this.#names.push(name);
    this.#heads.push(this.#at);
    this.#outer.push(this.#entries);
    this.#entries = 0;
    this.#key = undefined;
  }

  /** Ends a message: the number of its entries goes into its header. Its bytes have a limit where the schema says so. */
  end(limit: number = Infinity): void {
    if (this.#depth < 0 && this.#entries > 0) {
      this.#tooDeep();
    }
    const head = this.#heads[this.#heads.length - 1]!;
    if (this.#b[head] === 0xde) {
      this.#b[head + 1] = this.#entries >> 8;
      this.#b[head + 2] = this.#entries;
    } else {
      this.#b[head]! |= this.#entries;
    }
    this.#close(limit);
  }

  #close(limit: number): void {
    this.#key = undefined;
    const size = this.#at - this.#heads[this.#heads.length - 1]!;
    if (size > limit) {
      this.fail('limit', tooMany(size, limit, 'bytes'));
    }
    this.#names.pop();
    this.#heads.pop();
    this.#entries = this.#outer.pop()!;
    this.#depth++;
  }

  /** Begins a tuple of so many entries, which follow with `place` before each, and then `endTuple`. */
  beginTuple(name: string, places: number, value: unknown, keeps: boolean = false): void {
    if (typeof value !== 'object' || value === null) {
      this.#wrong(`an object for ${name}`, value);
    }
    this.#spare = false; // a tuple is never empty
    this.#open(name);
    this.#header(places + (keeps ? keptOf(value).entries : 0), 0x90, 0xdc);
  }

  /** Says which entry of a tuple comes next. */
  place(number: number): void {
    this.#key = number;
  }

  endTuple(limit: number = Infinity): void {
    this.#close(limit);
  }

  /** Writes the key of an entry, whose value has to follow. */
  key(key: Key): void {
    this.#entries++;
    this.#key = key;
    if (typeof key === 'string') {
      this.#text(key, noLimit);
    } else {
      this.putUint(key);
    }
  }

  /** Writes a field that holds a message or a union, unless it is absent or there is nothing in it. */
  message<T>(key: Key, write: (e: Encoder, value: T) => void, value: T | Absent): void {
    if (value === undefined || value === null) {
      return;
    }
    const at = this.#at;
    this.#spare = this.#depth <= 0;
    this.key(key);
    const from = this.#at;
    write(this, value);
    if (this.#isEmptyMap(from)) {
      this.#at = at;
      this.#entries--;
    }
  }

  #isEmptyMap(from: number): boolean {
    const lead = this.#b[from];
    return lead === 0x80 ? this.#at === from + 1 : lead === 0xde && this.#at === from + 3 && readUint(this.#b, from + 1, 2) === 0;
  }

  /** Writes a message without fields: the value of a variant that has none. */
  putEmpty(): void {
    this.#byte(0x80);
  }

  /** Writes an entry of a tuple that is absent. */
  putNil(): void {
    this.#byte(0xc0);
  }

  /** Writes what a message keeps. */
  kept(value: object): void {
    const { entries, bytes } = keptOf(value);
    if (entries === 0) {
      return;
    }
    this.#key = undefined;
    if (this.#entries + entries > 0xffff) {
      this.fail('limit', tooMany(this.#entries + entries, 0xffff, 'entries'));
    }
    for (let at = 0; at < bytes.length; ) { // it may stand deeper than it came
      at = this.#end(bytes, at);
    }
    this.#entries += entries;
    this.#raw(bytes);
  }

  /** Writes the variant that a union came with and that is not known here. */
  unknownVariant(value: UnknownVariant, keeps: boolean): void {
    if (!keeps || keptOf(value).entries === 0) {
      this.fail('variant', `not a valid union: variant ${String(value.number)} is not known here and its value was not kept`);
    }
    this.kept(value);
  }

  /** Fails because a union has another kind than it may have. */
  unknownKind(value: unknown): never {
    const kind = (value as { readonly kind?: unknown }).kind;
    this.fail('variant', `not a valid union: it has no kind ${typeof kind === 'string' ? JSON.stringify(kind.slice(0, 64)) : typeof kind}`);
  }

  // Fields, unless they are zero.

  bool(key: Key, v: boolean | Absent): void {
    if (v !== undefined && v !== null && v !== false) {
      this.key(key);
      this.putBool(v);
    }
  }

  int8(key: Key, v: number | Absent): void { this.#small(key, v, -0x80, 0x7f); }
  int16(key: Key, v: number | Absent): void { this.#small(key, v, -0x8000, 0x7fff); }
  int32(key: Key, v: number | Absent): void { this.#small(key, v, -0x8000_0000, 0x7fff_ffff); }
  uint8(key: Key, v: number | Absent): void { this.#small(key, v, 0, 0xff); }
  uint16(key: Key, v: number | Absent): void { this.#small(key, v, 0, 0xffff); }
  uint32(key: Key, v: number | Absent): void { this.#small(key, v, 0, 0xffff_ffff); }

  #small(key: Key, v: number | Absent, low: number, high: number): void {
    if (v !== undefined && v !== null && v !== 0) {
      this.key(key);
      this.#putSmall(v, low, high);
    }
  }

  int64(key: Key, v: Integer | Absent): void {
    if (v !== undefined && v !== null && v !== 0 && v !== 0n) {
      this.key(key);
      this.putInt64(v);
    }
  }

  uint64(key: Key, v: Integer | Absent): void {
    if (v !== undefined && v !== null && v !== 0 && v !== 0n) {
      this.key(key);
      this.putUint64(v);
    }
  }

  /** A duration is an int64 of nanoseconds. */
  duration(key: Key, v: Integer | Absent): void {
    this.int64(key, v);
  }

  /** Minus zero is not zero: it is written. */
  float32(key: Key, v: number | Absent): void {
    if (v !== undefined && v !== null && !Object.is(Math.fround(v), 0)) {
      this.key(key);
      this.putFloat32(v);
    }
  }

  /** Minus zero is not zero: it is written. */
  float64(key: Key, v: number | Absent): void {
    if (v !== undefined && v !== null && !Object.is(v, 0)) {
      this.key(key);
      this.putFloat64(v);
    }
  }

  string(key: Key, v: string | Absent, limit: number = noLimit): void {
    if (v !== undefined && v !== null && v !== '') {
      this.key(key);
      this.putString(v, limit);
    }
  }

  blob(key: Key, v: Uint8Array | Absent, limit: number = noLimit): void {
    if (v !== undefined && v !== null && v.length !== 0) {
      this.key(key);
      this.putBlob(v, limit);
    }
  }

  time(key: Key, v: Init<Time> | Absent): void {
    if (v !== undefined && v !== null) {
      this.#key = key;
      if (!isZeroTime(this.#time(v))) {
        this.key(key);
        this.putTime(v);
      }
    }
  }

  uuid(key: Key, v: string | Absent): void {
    if (v !== undefined && v !== null && v !== nilUUID) {
      this.key(key);
      this.putUUID(v);
    }
  }

  raw(key: Key, v: Uint8Array | Absent): void {
    if (hasRaw(v)) {
      this.key(key);
      this.putRaw(v);
    }
  }

  /** Writes a list that is not empty; put writes one of its values. */
  list<T>(key: Key, items: readonly T[] | Absent, limit: number, put: (item: T) => void): void {
    if (items !== undefined && items !== null && items.length !== 0) {
      this.key(key);
      this.putList(items, limit, put);
    }
  }

  /** Writes a map that is not empty. */
  map<K, V>(key: Key, entries: Entries<K, V> | Absent, limit: number, putKey: (key: K) => void, putValue: (value: V) => void): void {
    if (entries !== undefined && entries !== null && sizeOf(entries) !== 0) {
      this.key(key);
      this.putMap(entries, limit, putKey, putValue);
    }
  }

  /** Writes a map that is not empty, in the order of its keys. */
  sortedMap<K, V>(key: Key, entries: Entries<K, V> | Absent, limit: number, putKey: (key: K) => void, putValue: (value: V) => void): void {
    if (entries !== undefined && entries !== null && sizeOf(entries) !== 0) {
      this.key(key);
      this.putSortedMap(entries, limit, putKey, putValue);
    }
  }

  // Values, zero or not.

  putBool(v: boolean): void {
    if (typeof v !== 'boolean') {
      this.#wrong('a boolean', v);
    }
    this.#byte(v ? 0xc3 : 0xc2);
  }

  putInt8(v: number): void { this.#putSmall(v, -0x80, 0x7f); }
  putInt16(v: number): void { this.#putSmall(v, -0x8000, 0x7fff); }
  putInt32(v: number): void { this.#putSmall(v, -0x8000_0000, 0x7fff_ffff); }
  putUint8(v: number): void { this.#putSmall(v, 0, 0xff); }
  putUint16(v: number): void { this.#putSmall(v, 0, 0xffff); }
  putUint32(v: number): void { this.#putSmall(v, 0, 0xffff_ffff); }

  #putSmall(v: number, low: number, high: number): void {
    if (!Number.isInteger(v)) {
      this.#wrong('an integer', v);
    }
    if (v < low || v > high) {
      this.fail('malformed', `the number is not from ${low} to ${high}`);
    }
    if (v >= 0) {
      this.putUint(v);
    } else {
      this.#negative(v);
    }
  }

  #negative(v: number): void {
    if (v >= -32) {
      this.#byte(v & 0xff);
    } else if (v >= -0x80) {
      this.#byte(0xd0);
      this.#byte(v & 0xff);
    } else if (v >= -0x8000) {
      this.#byte(0xd1);
      this.#uint(v & 0xffff, 2);
    } else {
      this.#byte(0xd2);
      this.#uint(v >>> 0, 4);
    }
  }

  /** Writes an integer from 0 to 2^32 - 1 in its shortest form. */
  putUint(v: number): void {
    if (v < 0x80) {
      this.#byte(v);
    } else if (v <= 0xff) {
      this.#byte(0xcc);
      this.#byte(v);
    } else if (v <= 0xffff) {
      this.#byte(0xcd);
      this.#uint(v, 2);
    } else {
      this.#byte(0xce);
      this.#uint(v, 4);
    }
  }

  putInt64(v: Integer): void {
    this.#wide(v, -0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn);
  }

  putUint64(v: Integer): void {
    this.#wide(v, 0n, 0xffff_ffff_ffff_ffffn);
  }

  putDuration(v: Integer): void {
    this.putInt64(v);
  }

  #wide(v: Integer, low: bigint, high: bigint): void {
    if (typeof v === 'number' && !Number.isSafeInteger(v)) {
      this.fail('malformed', Number.isInteger(v) ? 'the number is larger than Number.MAX_SAFE_INTEGER: give a bigint' : 'not an integer but a number');
    }
    if (typeof v !== 'number' && typeof v !== 'bigint') {
      this.#wrong('a bigint', v);
    }
    if (v < low || v > high) {
      this.fail('malformed', `the number is not from ${low} to ${high}`);
    }
    if (v >= -0x8000_0000 && v <= 0xffff_ffff) {
      const small = Number(v);
      if (small >= 0) {
        this.putUint(small);
      } else {
        this.#negative(small);
      }
      return;
    }
    this.#byte(v < 0 ? 0xd3 : 0xcf);
    scratch.setBigUint64(0, BigInt.asUintN(64, BigInt(v)));
    this.#fromScratch(8);
  }

  putFloat32(v: number): void {
    this.#number(v);
    const narrow = Math.fround(v);
    if (!Number.isFinite(narrow) && Number.isFinite(v)) {
      this.fail('malformed', 'the number is larger than a float32 can be');
    }
    this.#byte(0xca);
    scratch.setFloat32(0, narrow);
    this.#fromScratch(4);
  }

  putFloat64(v: number): void {
    this.#number(v);
    this.#byte(0xcb);
    scratch.setFloat64(0, v);
    this.#fromScratch(8);
  }

  #number(v: unknown): void {
    if (typeof v !== 'number') {
      this.#wrong('a number', v);
    }
  }

  /** Writes a text of at most limit bytes. */
  putString(v: string, limit: number = noLimit): void {
    if (typeof v !== 'string') {
      this.#wrong('a string', v);
    }
    this.#text(v, limit);
  }

  // The header is written for as many bytes as the text has units. Where it turns out to need
  // a longer one, the text is moved.
  #text(v: string, limit: number): void {
    if (v.length > limit) {
      this.fail('limit', tooMany(v.length, limit, 'bytes or more'));
    }
    const head = textHeader(v.length);
    this.#room(5 + 3 * v.length);
    const from = this.#at + head;
    let end = writeText(this.#b, from, v);
    if (end < 0) {
      this.fail('malformed', 'the text has half of a surrogate pair, which UTF-8 has no bytes for');
    }
    const size = end - from;
    if (size > limit) {
      this.fail('limit', tooMany(size, limit, 'bytes'));
    }
    const needed = textHeader(size);
    if (needed !== head) {
      this.#b.copyWithin(this.#at + needed, from, end);
      end += needed - head;
    }
    if (needed === 1) {
      this.#b[this.#at] = 0xa0 | size;
    } else {
      this.#byte(needed === 2 ? 0xd9 : needed === 3 ? 0xda : 0xdb);
      this.#uint(size, needed - 1);
    }
    this.#at = end;
  }

  /** Writes bytes, at most limit. */
  putBlob(v: Uint8Array, limit: number = noLimit): void {
    if (!(v instanceof Uint8Array)) {
      this.#wrong('a Uint8Array', v);
    }
    const n = v.length;
    if (n > limit) {
      this.fail('limit', tooMany(n, limit, 'bytes'));
    }
    if (n <= 0xff) {
      this.#byte(0xc4);
      this.#byte(n);
    } else if (n <= 0xffff) {
      this.#byte(0xc5);
      this.#uint(n, 2);
    } else {
      this.#byte(0xc6);
      this.#uint(n, 4);
    }
    this.#raw(v);
  }

  /** Writes the shortest timestamp of msgpack that holds a time. */
  putTime(v: Init<Time>): void {
    const { seconds, nanos } = this.#time(v);
    if (seconds >> 34n !== 0n) {
      this.#byte(0xc7);
      this.#byte(12);
      this.#byte(0xff);
      this.#uint(nanos, 4);
      scratch.setBigInt64(0, seconds);
    } else if (nanos !== 0 || seconds >> 32n !== 0n) {
      this.#byte(0xd7);
      this.#byte(0xff);
      scratch.setBigUint64(0, (BigInt(nanos) << 34n) | seconds);
    } else {
      this.#byte(0xd6);
      this.#byte(0xff);
      this.#uint(Number(seconds), 4);
      return;
    }
    this.#fromScratch(8);
  }

  #time(v: Init<Time>): Time {
    if (typeof v !== 'object' || v === null) {
      this.#wrong('a time { seconds, nanos }', v);
    }
    const { seconds = 0n, nanos = 0 } = v;
    if (typeof seconds !== 'bigint' && !Number.isSafeInteger(seconds)) {
      this.#wrong('a bigint for the seconds of a time', seconds);
    }
    if (!Number.isInteger(nanos) || nanos < 0 || nanos > 999_999_999) {
      this.fail('malformed', 'the nanoseconds of a time are not from 0 to 999999999');
    }
    const whole = BigInt(seconds);
    if (BigInt.asIntN(64, whole) !== whole) {
      this.fail('malformed', 'the seconds of a time have more than 64 bits');
    }
    return { seconds: whole, nanos };
  }

  putUUID(v: string): void {
    if (typeof v !== 'string' || !isUUID(v)) {
      this.#wrong('a UUID as "8-4-4-4-12" hexadecimal digits', v);
    }
    this.#byte(0xc4);
    this.#byte(16);
    this.#room(16);
    writeUUID(this.#b, this.#at, v);
    this.#at += 16;
  }

  /** Writes one value of msgpack as it is, and nil for no bytes. */
  putRaw(v: Uint8Array): void {
    if (!(v instanceof Uint8Array)) {
      this.#wrong('a Uint8Array with one value of msgpack', v);
    }
    if (v.length === 0) {
      this.putNil();
      return;
    }
    const end = this.#end(v, 0);
    if (end !== v.length) {
      this.fail('malformed', `raw value: malformed: ${v.length - end} bytes behind it`);
    }
    this.#raw(v);
  }

  /** Where the value ends that foreign bytes have at a place. */
  #end(b: Uint8Array, at: number): number {
    const end = skip(b, at, Math.max(this.#depth, 0));
    if (typeof end === 'number') {
      return end;
    }
    if (end === 'deep') {
      this.#tooDeep();
    }
    this.fail('malformed', `raw value: ${end === 'short' ? tooShort : 'malformed: byte 0xc1 starts no value'}`);
  }

  putList<T>(items: readonly T[], limit: number, put: (item: T) => void): void {
    if (!Array.isArray(items)) {
      this.#wrong('an array', items);
    }
    this.#entriesWithin(items.length, limit);
    this.#enter();
    this.#header(items.length, 0x90, 0xdc);
    for (let i = 0; i < items.length; i++) { // an array with holes has undefined in them, which put refuses
      put(items[i]!);
    }
    this.#depth++;
  }

  putMap<K, V>(entries: Entries<K, V>, limit: number, putKey: (key: K) => void, putValue: (value: V) => void): void {
    this.#putEntries(this.#pairs(entries), limit, putKey, putValue);
  }

  putSortedMap<K, V>(entries: Entries<K, V>, limit: number, putKey: (key: K) => void, putValue: (value: V) => void): void {
    this.#putEntries(this.#pairs(entries).sort(([a], [b]) => compareKeys(a, b)), limit, putKey, putValue);
  }

  #pairs<K, V>(entries: Entries<K, V>): [K, V][] {
    if (typeof entries !== 'object' || entries === null) {
      this.#wrong('a Map', entries);
    }
    return pairsOf(entries);
  }

  #putEntries<K, V>(pairs: readonly (readonly [K, V])[], limit: number, putKey: (key: K) => void, putValue: (value: V) => void): void {
    this.#entriesWithin(pairs.length, limit);
    this.#enter();
    this.#header(pairs.length, 0x80, 0xde);
    for (const [key, value] of pairs) {
      putKey(key);
      putValue(value);
    }
    this.#depth++;
  }

  #entriesWithin(n: number, limit: number): void {
    if (n > limit) {
      this.fail('limit', tooMany(n, limit, 'entries'));
    }
  }

  // Below here bytes are written.

  #enter(): void {
    if (this.#depth <= 0) {
      this.#tooDeep();
    }
    this.#depth--;
  }

  #tooDeep(): never {
    this.fail('depth', `nested too deeply: more than ${maxDepth} levels`);
  }

  #wrong(wanted: string, v: unknown): never {
    this.fail('malformed', `not ${wanted} but ${v === null ? 'null' : typeof v}`);
  }

  /** The header of an array or a map, whose short form and first longer form are given. */
  #header(n: number, short: number, long: number): void {
    if (n <= 15) {
      this.#byte(short | n);
    } else if (n <= 0xffff) {
      this.#byte(long);
      this.#uint(n, 2);
    } else {
      this.#byte(long + 1);
      this.#uint(n, 4);
    }
  }

  #byte(v: number): void {
    if (this.#at === this.#b.length) {
      this.#room(1);
    }
    this.#b[this.#at++] = v;
  }

  /** Writes a number of so many bytes. */
  #uint(v: number, size: number): void {
    this.#room(size);
    for (let i = size - 1, left = v; i >= 0; i--) {
      this.#b[this.#at + i] = left & 0xff;
      left = Math.floor(left / 256);
    }
    this.#at += size;
  }

  #fromScratch(size: number): void {
    this.#room(size);
    for (let i = 0; i < size; i++) {
      this.#b[this.#at++] = scratch.getUint8(i);
    }
  }

  #raw(v: Uint8Array): void {
    this.#room(v.length);
    this.#b.set(v, this.#at);
    this.#at += v.length;
  }

  #room(size: number): void {
    const need = this.#at + size;
    if (need > this.#b.length) {
      const larger = new Uint8Array(Math.max(need, 2 * this.#b.length));
      larger.set(this.#b.subarray(0, this.#at));
      this.#b = larger;
    }
  }
}

/** Bytes of the header of a text. */
function textHeader(size: number): number {
  return size < 32 ? 1 : size <= 0xff ? 2 : size <= 0xffff ? 3 : 5;
}

const nothingKept = /* @__PURE__ */ new Kept(0, /* @__PURE__ */ new Uint8Array(0));

function keptOf(value: object): Kept {
  const held = (value as { readonly [kept]?: unknown })[kept];
  return Kept.is(held) ? held : nothingKept;
}

function sizeOf(entries: object): number {
  return entries instanceof Map ? entries.size : Object.keys(entries).length;
}

function pairsOf<K, V>(entries: object): [K, V][] {
  return (entries instanceof Map ? [...entries] : Object.entries(entries)) as [K, V][];
}

/** Orders the keys of a map: texts by their bytes, numbers by what they are. */
function compareKeys(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') {
    return compareText(a, b);
  }
  return (a as Integer) < (b as Integer) ? -1 : (a as Integer) > (b as Integer) ? 1 : 0;
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
  const bytes = e.bytes();
  if (!e.large) {
    idle = e; // after a fault it is dropped
  }
  return bytes;
}


/** The payload of a method whose request or response is `raw`, or a type of Go's: one value of msgpack. */
export function encodeRaw(raw: Uint8Array): Uint8Array {
  return encode((e, value) => e.putRaw(value), raw);
}
