import { CodecError, type Fault, placeOf, tooMany, tooShort } from './errors.ts';
import { readText } from './text.ts';
import { noBytes } from './values.ts';
import { type Head, maxDepth, readHead, readUint, skip } from './wire.ts';

// What n bytes may cost is freeBudget + budgetFactor * n: what is read of them may take
// so many bytes of memory, as estimated.
const freeBudget = 64 * 1024;
const budgetFactor = 256;

/** From here on a float stands for more than one integer, and nobody knows which was meant. */
export const exactFloat: number = 2 ** 53;

/**
 * Decoder reads one message, by the functions of this folder: each reads one value in any
 * form that says exactly which value it is, takes nil for zero, and throws a CodecError
 * where there is something else. Nothing is allocated for what is only announced. They are
 * functions and not methods, so that a page has those alone that its messages need. Fields
 * are theirs and nobody else's.
 */
export class Decoder {
  b: Uint8Array = noBytes;
  view: DataView | undefined; // made where a float or a large integer needs it
  at = 0;
  depth: number = maxDepth; // levels that may still begin
  budget = 0;

  // Of each message that is being read: its name, where its map begins, and where the key
  // of what is read begins, or the place in a tuple below 0.
  readonly names: string[] = [];
  readonly starts: number[] = [];
  readonly keys: number[] = [];

  /** Reads from these bytes, whatever became of those before. */
  reset(b: Uint8Array): void {
    this.b = b;
    this.view = undefined;
    this.at = 0;
    this.depth = maxDepth;
    this.budget = freeBudget + budgetFactor * b.length;
    this.names.length = this.starts.length = this.keys.length = 0;
  }

  /** How many bytes are not read yet. */
  get left(): number {
    return this.b.length - this.at;
  }

  /** Fails with the place of what is being read. */
  fail(fault: Fault, reason: string): never {
    throw new CodecError(fault, reason, placeOf('decode', this.names, keyText(this)));
  }

  // Messages, unions and tuples.

  /** Begins a message and returns how many entries its map has. `end` follows. */
  begin(name: string, cost: number): number {
    open(this, name, cost);
    return mapHeader(this);
  }

  /** Ends a message. Its bytes have a limit where the schema says so. */
  end(limit: number = Infinity): void {
    const size = this.at - this.starts[this.starts.length - 1]!;
    if (size > limit) {
      this.keys[this.keys.length - 1] = noKey;
      this.fail('limit', tooMany(size, limit, 'bytes'));
    }
    this.names.pop();
    this.starts.pop();
    this.keys.pop();
    this.depth++;
  }

  /**
   * Reads a field number; -1 for a key that is none. A message of which all keys are texts
   * is an error: its writer has no numbers for keys, or another schema, and not one field would be found.
   */
  key(): number {
    const lead = beginKey(this, isText, 'all of its keys are texts, and fields have numbers here');
    if (lead > 0 && lead < 0x80) {
      this.at++;
      return lead;
    }
    const at = this.at;
    this.skip();
    const number = numberAt(this.b, at);
    return number !== undefined && number > 0 && number <= 0x7fff_ffff ? number : -1;
  }

  /** Passes over a value of any kind. */
  skip(): void {
    const end = skip(this.b, this.at, this.depth);
    if (typeof end === 'string') {
      if (end === 'deep') {
        tooDeep(this);
      }
      if (end === 'short') {
        short(this);
      }
      malformed(this, 'byte 0xc1 starts no value');
    }
    this.at = end;
  }

  /** Passes over a nil and says whether there was one. */
  nil(): boolean {
    if (this.b[this.at] === 0xc0) {
      this.at++;
      return true;
    }
    return false;
  }
}

export function keyText(d: Decoder): number | string | undefined {
  const at = d.keys[d.keys.length - 1];
  if (at === undefined || at === noKey) {
    return undefined;
  }
  if (at < 0) {
    return -at;
  }
  const lead = d.b[at]!;
  if (isText(lead)) {
    const head = headAt(d.b, at);
    return head === undefined ? undefined : readText(d.b, at + head.size - bodyOf(d.b, at), Math.min(at + head.size, d.b.length));
  }
  return lead < 0x80 ? lead : numberAt(d.b, at);
}

export function malformed(d: Decoder, what: string): never {
  d.fail('malformed', `malformed: ${what}`);
}

export function open(d: Decoder, name: string, cost: number): void {
  d.names.push(name);
  d.starts.push(d.at);
  d.keys.push(noKey);
  charge(d, cost);
}

/** Notes that a key begins here and returns its first byte. If it is the first of its message and all are of the wrong sort it fails. */
export function beginKey(d: Decoder, wrong: (lead: number) => boolean, only: string): number {
  const level = d.keys.length - 1;
  const first = d.keys[level] === noKey;
  d.keys[level] = d.at;
  const lead = d.b[d.at];
  if (lead === undefined) {
    short(d);
  }
  if (first && wrong(lead) && allAre(d, wrong, entriesAt(d.b, d.starts[level]!))) {
    d.keys[level] = noKey;
    malformed(d, only);
  }
  return lead;
}

/** Whether the next entries have keys of one sort. It stops at the first other one. */
export function allAre(d: Decoder, sort: (lead: number) => boolean, entries: number): boolean {
  let at = d.at;
  for (let n = entries; n > 0; n--) {
    if (at >= d.b.length || !sort(d.b[at]!)) {
      return false;
    }
    for (let part = 0; part < 2; part++) {
      const next = skip(d.b, at, d.depth);
      if (typeof next === 'string') {
        return false; // which whoever reads it will find
      }
      at = next;
    }
  }
  return true;
}

/** Enters a map and returns its number of entries, which take two bytes each at least. A nil is a level, too. */
export function mapHeader(d: Decoder): number {
  const lead = enter(d);
  if (lead === 0xc0) {
    d.at++;
    return 0;
  }
  if (lead < 0x80 || (lead >= 0x90 && lead !== 0xde && lead !== 0xdf)) {
    otherType(d);
  }
  let n = lead & 0x0f;
  if (lead >= 0x90) {
    n = length(d, lead === 0xde ? 2 : 4);
  } else {
    d.at++;
  }
  if (n > Math.floor(d.left / 2)) {
    short(d);
  }
  return n;
}

/** Enters an array and returns its number of values, which take a byte each at least. */
export function listHeader(d: Decoder): number {
  const lead = enter(d);
  if (lead === 0xc0) {
    d.at++;
    return 0;
  }
  if (lead < 0x90 || (lead >= 0xa0 && lead !== 0xdc && lead !== 0xdd)) {
    otherType(d);
  }
  let n = lead & 0x0f;
  if (lead >= 0xa0) {
    n = length(d, lead === 0xdc ? 2 : 4);
  } else {
    d.at++;
  }
  if (n > d.left) {
    short(d);
  }
  return n;
}

export function enter(d: Decoder): number {
  if (--d.depth < 0) {
    tooDeep(d);
  }
  return d.b[d.at] ?? short(d);
}

/** Reads a first byte and the length of so many bytes behind it. */
export function length(d: Decoder, size: number): number {
  return readUint(d.b, content(d, size), size);
}

/** Passes over a first byte and so many behind it, and returns where those begin. */
export function content(d: Decoder, size: number): number {
  const at = d.at + 1;
  if (at + size > d.b.length) {
    short(d);
  }
  d.at = at + size;
  return at;
}

/** Passes over so many bytes, at most limit, and returns where they begin. */
export function bodyAt(d: Decoder, size: number, limit: number): number {
  if (size > d.left) {
    short(d);
  }
  if (size > limit) {
    d.fail('limit', tooMany(size, limit, 'bytes'));
  }
  const from = d.at;
  d.at += size;
  return from;
}

export function views(d: Decoder): DataView {
  return (d.view ??= new DataView(d.b.buffer, d.b.byteOffset, d.b.length));
}

export function entriesWithin(d: Decoder, n: number, limit: number): void {
  if (n > limit) {
    d.fail('limit', tooMany(n, limit, 'entries'));
  }
}

export function charge(d: Decoder, cost: number): void {
  d.budget -= cost;
  if (d.budget < 0) {
    d.fail('budget', `more memory than its length may take: ${d.b.length} bytes`);
  }
}

export function tooDeep(d: Decoder): never {
  d.fail('depth', `nested too deeply: more than ${maxDepth} levels`);
}

export function short(d: Decoder): never {
  d.fail('malformed', tooShort);
}

/** Fails because of the value here: it is cut, or none of what is due. */
export function otherType(d: Decoder): never {
  const end = skip(d.b, d.at, maxDepth);
  if (end === 'short') {
    short(d);
  }
  malformed(d, `the schema has another type than ${nameOf(d.b[d.at]!)} here`);
}

/** The place of the key before the first one of a message. */
export const noKey: number = Number.MIN_SAFE_INTEGER;

export function isText(lead: number): boolean {
  return (lead >= 0xa0 && lead < 0xc0) || (lead >= 0xd9 && lead <= 0xdb) || (lead >= 0xc4 && lead <= 0xc6);
}

function headAt(b: Uint8Array, at: number): Head | undefined {
  const head: Head = { size: 0, inside: 0, nested: false };
  return readHead(b, at, head) === undefined ? head : undefined;
}

/** Bytes of the content of a text or of bytes at a place. */
export function bodyOf(b: Uint8Array, at: number): number {
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
