import { CodecError, type Fault, placeOf, tooMany, tooShort } from './errors.ts';
import { readText } from './text.ts';
import { Kept, kept, type UnknownVariant } from './types.ts';
import { nilUUID, noBytes, noEntries, noItems, readUUID, type Time, zeroTime } from './values.ts';
import { defaultLimit, type Head, maxDepth, noLimit, readHead, readUint, skip } from './wire.ts';

// What n bytes may cost is freeBudget + budgetFactor * n: what is read of them may take
// so many bytes of memory, as estimated.
const freeBudget = 64 * 1024;
const budgetFactor = 256;

/** From here on a float stands for more than one integer, and nobody knows which was meant. */
const exactFloat = 2 ** 53;

/**
 * Decoder reads one message. Its methods are called by generated code; each reads one value
 * in any form that says exactly which value it is, takes nil for zero, and throws a
 * CodecError where there is something else. Nothing is allocated for what is only announced.
 */
export class Decoder {
  #b: Uint8Array = noBytes;
  #view: DataView | undefined; // made where a float or a large integer needs it
  #at = 0;
  #depth = maxDepth; // levels that may still begin
  #budget = 0;

  // Of each message that is being read: its name, where its map begins, and where the key
  // of what is read begins, or the place in a tuple below 0.
  readonly #names: string[] = [];
  readonly #starts: number[] = [];
  readonly #keys: number[] = [];

  /** Reads from these bytes, whatever became of those before. */
  reset(b: Uint8Array): void {
    this.#b = b;
    this.#view = undefined;
    this.#at = 0;
    this.#depth = maxDepth;
    this.#budget = freeBudget + budgetFactor * b.length;
    this.#names.length = this.#starts.length = this.#keys.length = 0;
  }

  /** How many bytes are not read yet. */
  get left(): number {
    return this.#b.length - this.#at;
  }

  /** Fails with the place of what is being read. */
  fail(fault: Fault, reason: string): never {
    throw new CodecError(fault, reason, placeOf('decode', this.#names, this.#keyText()));
  }

  #keyText(): number | string | undefined {
    const at = this.#keys[this.#keys.length - 1];
    if (at === undefined || at === noKey) {
      return undefined;
    }
    if (at < 0) {
      return -at;
    }
    const lead = this.#b[at]!;
    if (isText(lead)) {
      const head = headAt(this.#b, at);
      return head === undefined ? undefined : readText(this.#b, at + head.size - bodyOf(this.#b, at), Math.min(at + head.size, this.#b.length));
    }
    return lead < 0x80 ? lead : numberAt(this.#b, at);
  }

  #malformed(what: string): never {
    this.fail('malformed', `malformed: ${what}`);
  }

  // Messages, unions and tuples.

  /** Begins a message and returns how many entries its map has. `end` follows. */
  begin(name: string, cost: number): number {
    this.#open(name, cost);
    return this.#mapHeader();
  }

  #open(name: string, cost: number): void {
    this.#names.push(name);
    this.#starts.push(this.#at);
    this.#keys.push(noKey);
    this.#charge(cost);
  }

  /** Ends a message. Its bytes have a limit where the schema says so. */
  end(limit: number = Infinity): void {
    const size = this.#at - this.#starts[this.#starts.length - 1]!;
    if (size > limit) {
      this.#keys[this.#keys.length - 1] = noKey;
      this.fail('limit', tooMany(size, limit, 'bytes'));
    }
    this.#names.pop();
    this.#starts.pop();
    this.#keys.pop();
    this.#depth++;
  }

  /** Begins a tuple and returns how many entries it has. */
  beginTuple(name: string, cost: number): number {
    this.#open(name, cost);
    return this.#listHeader();
  }

  /** Says which entry of a tuple comes next, counted from 1. */
  place(number: number): number {
    this.#keys[this.#keys.length - 1] = -number;
    return number;
  }

  /** Begins a union and says whether a variant follows. */
  beginUnion(name: string): boolean {
    const n = this.begin(name, 48);
    if (n > 1) {
      this.fail('variant', `not a valid union: ${n} variants`);
    }
    return n === 1;
  }

  /**
   * Reads a field number; -1 for a key that is none. A message of which all keys are texts
   * is an error: its writer has no numbers for keys, or another schema, and not one field would be found.
   */
  key(): number {
    const lead = this.#beginKey(isText, 'all of its keys are texts, and fields have numbers here');
    if (lead > 0 && lead < 0x80) {
      this.#at++;
      return lead;
    }
    const at = this.#at;
    this.skip();
    const number = numberAt(this.#b, at);
    return number !== undefined && number > 0 && number <= 0x7fff_ffff ? number : -1;
  }

  /** Reads a text key; undefined for a key that is none, and for one that is no UTF-8. */
  textKey(): string | undefined {
    const lead = this.#beginKey(isNumber, 'all of its keys are numbers, and fields have texts for keys here');
    const at = this.#at;
    this.skip();
    return isText(lead) ? readText(this.#b, this.#at - bodyOf(this.#b, at), this.#at) : undefined;
  }

  /** Passes over a key, of a message that has no fields. */
  anyKey(): void {
    this.#keys[this.#keys.length - 1] = this.#at;
    this.skip();
  }

  /** Notes that a key begins here and returns its first byte. If it is the first of its message and all are of the wrong sort it fails. */
  #beginKey(wrong: (lead: number) => boolean, only: string): number {
    const level = this.#keys.length - 1;
    const first = this.#keys[level] === noKey;
    this.#keys[level] = this.#at;
    const lead = this.#b[this.#at];
    if (lead === undefined) {
      this.#malformedShort();
    }
    if (first && wrong(lead) && this.#only(wrong, entriesAt(this.#b, this.#starts[level]!))) {
      this.#keys[level] = noKey;
      this.#malformed(only);
    }
    return lead;
  }

  /** Whether the next entries have keys of one sort. It stops at the first other one. */
  #only(sort: (lead: number) => boolean, entries: number): boolean {
    let at = this.#at;
    for (let n = entries; n > 0; n--) {
      if (at >= this.#b.length || !sort(this.#b[at]!)) {
        return false;
      }
      for (let part = 0; part < 2; part++) {
        const next = skip(this.#b, at, this.#depth);
        if (typeof next === 'string') {
          return false; // which whoever reads it will find
        }
        at = next;
      }
    }
    return true;
  }

  /** Passes over a value of any kind. */
  skip(): void {
    const end = skip(this.#b, this.#at, this.#depth);
    if (typeof end === 'string') {
      if (end === 'deep') {
        this.#tooDeep();
      }
      if (end === 'short') {
        this.#malformedShort();
      }
      this.#malformed('byte 0xc1 starts no value');
    }
    this.#at = end;
  }

  /** Passes over a nil and says whether there was one. */
  nil(): boolean {
    if (this.#b[this.#at] === 0xc0) {
      this.#at++;
      return true;
    }
    return false;
  }

  /** Reads a message and skips its fields, and says whether there was one: the value of a variant that had none. */
  empty(): boolean {
    if (this.nil()) {
      return false;
    }
    this.#open(this.#names[this.#names.length - 1] ?? '', 0);
    for (let n = this.#mapHeader(); n > 0; n--) {
      this.anyKey();
      this.skip();
    }
    this.end();
    return true;
  }

  /** Passes over the value of an entry and keeps the entry behind what was kept. */
  keep(before: Kept | undefined): Kept {
    const key = this.#keys[this.#keys.length - 1]!;
    const from = key >= 0 ? key : this.#at;
    this.skip();
    const entries = 1 + (before?.entries ?? 0);
    if (entries > defaultLimit) {
      this.fail('limit', tooMany(entries, defaultLimit, 'entries that are not known here'));
    }
    const old = before?.bytes ?? noBytes;
    return new Kept(entries, this.#grown(old, from));
  }

  // The memory doubles, so that many entries are not copied for each.
  #grown(old: Uint8Array, from: number): Uint8Array {
    const size = old.length + this.#at - from;
    let memory = new Uint8Array(old.buffer, old.byteOffset);
    if (old.length === 0 || memory.length < size) {
      const capacity = Math.max(size, 2 * old.length, 64);
      this.#charge(capacity);
      memory = new Uint8Array(capacity);
      memory.set(old);
    }
    memory.set(this.#b.subarray(from, this.#at), old.length);
    return memory.subarray(0, size);
  }

  /** Reads a variant that is not known here. */
  unknownVariant(number: number, keeps: boolean): UnknownVariant {
    if (keeps) {
      return { kind: 'unknown', number, [kept]: this.keep(undefined) };
    }
    this.skip();
    return { kind: 'unknown', number };
  }

  /** Reads a secret field: an error in it says where it is, and not what was read. */
  secret<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof CodecError && error.fault === 'malformed') {
        this.#malformed('the value is secret');
      }
      throw error;
    }
  }

  // Values.

  bool(): boolean {
    const lead = this.#b[this.#at];
    if (lead === 0xc3 || lead === 0xc2 || lead === 0xc0) {
      this.#at++;
      return lead === 0xc3;
    }
    return this.#otherType();
  }

  int8(): number { return this.#small(-0x80, 0x7f); }
  int16(): number { return this.#small(-0x8000, 0x7fff); }
  int32(): number { return this.#small(-0x8000_0000, 0x7fff_ffff); }
  uint8(): number { return this.#small(0, 0xff); }
  uint16(): number { return this.#small(0, 0xffff); }
  uint32(): number { return this.#small(0, 0xffff_ffff); }

  #small(low: number, high: number): number {
    const lead = this.#b[this.#at];
    if (lead !== undefined && lead < 0x80) {
      this.#at++;
      return lead;
    }
    const v = this.#integer();
    if (v < low || v > high) {
      this.#malformed(`${v} is not from ${low} to ${high}`);
    }
    return Number(v);
  }

  int64(): bigint {
    return this.#wide(-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn);
  }

  uint64(): bigint {
    return this.#wide(0n, 0xffff_ffff_ffff_ffffn);
  }

  /** Nanoseconds. */
  duration(): bigint {
    return this.int64();
  }

  #wide(low: bigint, high: bigint): bigint {
    const v = this.#integer();
    if (v < low || v > high) {
      this.#malformed(`${v} is not from ${low} to ${high}`);
    }
    return BigInt(v);
  }

  /** Reads an integer in any form: a bigint where it takes 64 bits, 0 for nil. */
  #integer(): number | bigint {
    const lead = this.#b[this.#at];
    if (lead === 0xc0) {
      this.#at++;
      return 0;
    }
    if (lead === 0xca || lead === 0xcb) {
      return this.#wholeFloat();
    }
    return this.#plainInteger() ?? this.#otherType();
  }

  /** Reads an integer that is written as one; undefined for something else. */
  #plainInteger(): number | bigint | undefined {
    const lead = this.#b[this.#at];
    if (lead === undefined || (lead >= 0x80 && lead < 0xcc) || (lead > 0xd3 && lead < 0xe0)) {
      return undefined;
    }
    if (lead < 0x80 || lead >= 0xe0) {
      this.#at++;
      return lead < 0x80 ? lead : lead - 0x100;
    }
    const size = 1 << (lead & 3);
    const at = this.#content(size);
    const signed = lead >= 0xd0;
    if (size === 8) {
      return signed ? this.#views().getBigInt64(at) : this.#views().getBigUint64(at);
    }
    const v = readUint(this.#b, at, size);
    return signed && v >= 2 ** (8 * size - 1) ? v - 2 ** (8 * size) : v;
  }

  #wholeFloat(): number {
    const v = this.#float()!;
    if (!Number.isInteger(v) || Math.abs(v) > exactFloat) {
      this.#malformed(`the float ${v} is not exactly an integer`);
    }
    return v + 0; // no minus zero
  }

  /** Reads a float of either width; undefined for something else. */
  #float(): number | undefined {
    const lead = this.#b[this.#at];
    if (lead === 0xcb) {
      const at = this.#content(8);
      return this.#views().getFloat64(at);
    }
    if (lead === 0xca) {
      const at = this.#content(4);
      return this.#views().getFloat32(at);
    }
    return undefined;
  }

  float32(): number {
    return this.#number(32, Math.fround);
  }

  float64(): number {
    return this.#number(64, Number);
  }

  /** Reads a number of which a float of the width is exactly the value. */
  #number(width: number, round: (v: number) => number): number {
    if (this.nil()) {
      return 0;
    }
    const float = this.#float();
    if (float !== undefined) {
      if (round(float) !== float && !Number.isNaN(float)) {
        this.#malformed(`the float64 ${float} is not exactly a float${width}`);
      }
      return float;
    }
    const v = this.#plainInteger() ?? this.#otherType();
    const rounded = round(Number(v));
    if (BigInt(rounded) !== BigInt(v)) {
      this.#malformed(`no float${width} is exactly the integer ${v}`);
    }
    return rounded;
  }

  /** Reads a text of at most limit bytes. */
  string(limit: number = noLimit): string {
    if (this.nil()) {
      return '';
    }
    const lead = this.#b[this.#at]!;
    const size = lead >= 0xa0 && lead < 0xc0 ? lead & 0x1f : lead >= 0xd9 && lead <= 0xdb ? this.#length(1 << (lead - 0xd9)) : this.#otherType();
    if (lead < 0xc0) {
      this.#at++;
    }
    const from = this.#body(size, limit);
    const text = readText(this.#b, from, from + size);
    if (text === undefined) {
      this.#at = from;
      this.#malformed('the text is not UTF-8');
    }
    this.#charge(2 * size);
    return text;
  }

  /** Reads bytes, at most limit, into memory of their own. */
  blob(limit: number = noLimit): Uint8Array {
    if (this.nil()) {
      return noBytes;
    }
    const size = this.#binHeader();
    const from = this.#body(size, limit);
    if (size === 0) {
      return noBytes;
    }
    this.#charge(size);
    return this.#b.slice(from, from + size);
  }

  #binHeader(): number {
    const lead = this.#b[this.#at]!;
    return lead >= 0xc4 && lead <= 0xc6 ? this.#length(1 << (lead - 0xc4)) : this.#otherType();
  }

  time(): Time {
    if (this.nil()) {
      return zeroTime;
    }
    const from = this.#at;
    if (extHeader(this.#b[from]!) === 0) {
      this.#otherType();
    }
    this.skip();
    const time = timeAt(this.#b, from, this.#at);
    if (time === undefined) {
      this.#malformed('a timestamp that is none');
    }
    this.#charge(64);
    return time;
  }

  uuid(): string {
    if (this.nil()) {
      return nilUUID;
    }
    const size = this.#binHeader();
    const from = this.#body(size, noLimit);
    if (size !== 16) {
      this.#malformed(`uuid of ${size} bytes`);
    }
    this.#charge(64);
    return readUUID(this.#b, from);
  }

  /** Reads one value as it is; none for nil. */
  raw(): Uint8Array {
    if (this.nil()) {
      return noBytes;
    }
    const from = this.#at;
    this.skip();
    this.#charge(this.#at - from);
    return this.#b.slice(from, this.#at);
  }

  /** Reads a list of at most limit values. */
  list<T>(limit: number, read: () => T): readonly T[] {
    const n = this.#listHeader();
    this.#entriesWithin(n, limit);
    if (n === 0) {
      this.#depth++;
      return noItems;
    }
    this.#charge(16 + 8 * n);
    const items: T[] = [];
    for (let i = 0; i < n; i++) {
      items.push(read());
    }
    this.#depth++;
    return items;
  }

  /** Reads a map of at most limit entries. Of a key that comes twice the last value counts. */
  map<K, V>(limit: number, readKey: () => K, readValue: () => V): ReadonlyMap<K, V> {
    const n = this.#mapHeader();
    this.#entriesWithin(n, limit);
    if (n === 0) {
      this.#depth++;
      return noEntries;
    }
    this.#charge(200 + 40 * n);
    const entries = new Map<K, V>();
    for (let i = 0; i < n; i++) {
      const key = readKey();
      entries.set(key, readValue());
    }
    this.#depth++;
    return entries;
  }

  // Below here headers are read.

  /** Enters a map and returns its number of entries, which take two bytes each at least. A nil is a level, too. */
  #mapHeader(): number {
    const lead = this.#enter();
    if (lead === 0xc0) {
      this.#at++;
      return 0;
    }
    if (lead < 0x80 || (lead >= 0x90 && lead !== 0xde && lead !== 0xdf)) {
      this.#otherType();
    }
    let n = lead & 0x0f;
    if (lead >= 0x90) {
      n = this.#length(lead === 0xde ? 2 : 4);
    } else {
      this.#at++;
    }
    if (n > Math.floor(this.left / 2)) {
      this.#malformedShort();
    }
    return n;
  }

  /** Enters an array and returns its number of values, which take a byte each at least. */
  #listHeader(): number {
    const lead = this.#enter();
    if (lead === 0xc0) {
      this.#at++;
      return 0;
    }
    if (lead < 0x90 || (lead >= 0xa0 && lead !== 0xdc && lead !== 0xdd)) {
      this.#otherType();
    }
    let n = lead & 0x0f;
    if (lead >= 0xa0) {
      n = this.#length(lead === 0xdc ? 2 : 4);
    } else {
      this.#at++;
    }
    if (n > this.left) {
      this.#malformedShort();
    }
    return n;
  }

  #enter(): number {
    if (--this.#depth < 0) {
      this.#tooDeep();
    }
    return this.#b[this.#at] ?? this.#malformedShort();
  }

  /** Reads a first byte and the length of so many bytes behind it. */
  #length(size: number): number {
    return readUint(this.#b, this.#content(size), size);
  }

  /** Passes over a first byte and so many behind it, and returns where those begin. */
  #content(size: number): number {
    const at = this.#at + 1;
    if (at + size > this.#b.length) {
      this.#malformedShort();
    }
    this.#at = at + size;
    return at;
  }

  /** Passes over so many bytes, at most limit, and returns where they begin. */
  #body(size: number, limit: number): number {
    if (size > this.left) {
      this.#malformedShort();
    }
    if (size > limit) {
      this.fail('limit', tooMany(size, limit, 'bytes'));
    }
    const from = this.#at;
    this.#at += size;
    return from;
  }

  #views(): DataView {
    return (this.#view ??= new DataView(this.#b.buffer, this.#b.byteOffset, this.#b.length));
  }

  #entriesWithin(n: number, limit: number): void {
    if (n > limit) {
      this.fail('limit', tooMany(n, limit, 'entries'));
    }
  }

  #charge(cost: number): void {
    this.#budget -= cost;
    if (this.#budget < 0) {
      this.fail('budget', `more memory than its length may take: ${this.#b.length} bytes`);
    }
  }

  #tooDeep(): never {
    this.fail('depth', `nested too deeply: more than ${maxDepth} levels`);
  }

  #malformedShort(): never {
    this.fail('malformed', tooShort);
  }

  /** Fails because of the value here: it is cut, or none of what is due. */
  #otherType(): never {
    const end = skip(this.#b, this.#at, maxDepth);
    if (end === 'short') {
      this.#malformedShort();
    }
    this.#malformed(`the schema has another type than ${nameOf(this.#b[this.#at]!)} here`);
  }
}

/** The place of the key before the first one of a message. */
const noKey = Number.MIN_SAFE_INTEGER;

function isText(lead: number): boolean {
  return (lead >= 0xa0 && lead < 0xc0) || (lead >= 0xd9 && lead <= 0xdb) || (lead >= 0xc4 && lead <= 0xc6);
}

function isNumber(lead: number): boolean {
  return lead < 0x80 || lead >= 0xe0 || (lead >= 0xca && lead <= 0xd3);
}

function headAt(b: Uint8Array, at: number): Head | undefined {
  const head: Head = { size: 0, inside: 0, nested: false };
  return readHead(b, at, head) === undefined ? head : undefined;
}

/** Bytes of the content of a text or of bytes at a place. */
function bodyOf(b: Uint8Array, at: number): number {
  const lead = b[at]!;
  if (lead < 0xc0) {
    return lead & 0x1f;
  }
  return readUint(b, at + 1, 1 << (lead >= 0xd9 ? lead - 0xd9 : lead - 0xc4));
}

/** How many entries the map at a place says that it has; 0 for something else. */
function entriesAt(b: Uint8Array, at: number): number {
  const lead = b[at]!;
  return lead >= 0x80 && lead < 0x90 ? lead & 0x0f : lead === 0xde || lead === 0xdf ? readUint(b, at + 1, lead === 0xde ? 2 : 4) : 0;
}

/** The number at a place, of an integer or a float; undefined for another value, and for one that is cut. */
function numberAt(b: Uint8Array, at: number): number | undefined {
  const lead = b[at]!;
  const head = headAt(b, at);
  if (head === undefined || at + head.size > b.length) {
    return undefined;
  }
  const view = new DataView(b.buffer, b.byteOffset, b.length);
  switch (lead) {
    case 0xca: return wholeOf(view.getFloat32(at + 1));
    case 0xcb: return wholeOf(view.getFloat64(at + 1));
    case 0xcc: return view.getUint8(at + 1);
    case 0xcd: return view.getUint16(at + 1);
    case 0xce: return view.getUint32(at + 1);
    case 0xcf: return Number(view.getBigUint64(at + 1));
    case 0xd0: return view.getInt8(at + 1);
    case 0xd1: return view.getInt16(at + 1);
    case 0xd2: return view.getInt32(at + 1);
    case 0xd3: return Number(view.getBigInt64(at + 1));
  }
  return lead < 0x80 ? lead : undefined;
}

function wholeOf(v: number): number | undefined {
  return Number.isInteger(v) && Math.abs(v) <= exactFloat ? v : undefined;
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

/** What people call a value with this first byte. */
function nameOf(lead: number): string {
  if (lead < 0x80 || lead >= 0xe0 || (lead >= 0xcc && lead <= 0xd3)) {
    return 'an integer';
  }
  if (lead < 0x90 || lead === 0xde || lead === 0xdf) {
    return 'a map';
  }
  if (lead < 0xa0 || lead === 0xdc || lead === 0xdd) {
    return 'an array';
  }
  if (isText(lead)) {
    return lead >= 0xc4 && lead <= 0xc6 ? 'bin' : 'a string';
  }
  return lead === 0xc0 ? 'nil' : lead === 0xc2 || lead === 0xc3 ? 'a bool' : lead === 0xca || lead === 0xcb ? 'a float' : lead === 0xc1 ? 'byte 0xc1' : 'an extension';
}

let idle: Decoder | undefined;

/** The message that bytes hold, and nothing else. */
export function decode<T>(read: (d: Decoder) => T, bytes: Uint8Array): T {
  const d = idle ?? new Decoder();
  idle = undefined;
  d.reset(bytes);
  const value = read(d);
  if (d.left > 0) {
    d.fail('malformed', `malformed: ${d.left} bytes behind the message`);
  }
  d.reset(noBytes); // so that it does not hold on to them
  idle = d;
  return value;
}

/** Reads one value of msgpack as it is: memory of its own. */
export function decodeRaw(bytes: Uint8Array): Uint8Array {
  return decode((d) => d.raw(), bytes);
}
