import { type Absent, close, type Encoder, enter, entriesWithin, header, type Key, open, wrong } from './encoder.ts';
import type { Integer } from './put.ts';
import { compareText } from './text.ts';
import { readUint } from './wire.ts';

/** What a map is given as: a Map, or an object whose keys are texts. */
type Entries<K, V> = ReadonlyMap<K, V> | { readonly [key: string]: V };

/** Writes a field that holds a message or a union, unless it is absent or there is nothing in it. */
export function writeMessage<T>(e: Encoder, key: Key, write: (e: Encoder, value: T) => void, value: T | Absent): void {
  if (value === undefined || value === null) {
    return;
  }
  const at = e.at;
  e.spare = e.depth <= 0;
  e.key(key);
  const from = e.at;
  write(e, value);
  if (isEmptyMap(e, from)) {
    e.at = at;
    e.entries--;
  }
}

export function isEmptyMap(e: Encoder, from: number): boolean {
  const lead = e.b[from];
  return lead === 0x80 ? e.at === from + 1 : lead === 0xde && e.at === from + 3 && readUint(e.b, from + 1, 2) === 0;
}

/** Writes a list that is not empty; put writes one of its values. */
export function writeList<T>(e: Encoder, key: Key, items: readonly T[] | Absent, limit: number, put: (item: T) => void): void {
  if (items !== undefined && items !== null && items.length !== 0) {
    e.key(key);
    putList(e, items, limit, put);
  }
}

/** Writes a map that is not empty. */
export function writeMap<K, V>(e: Encoder, key: Key, entries: Entries<K, V> | Absent, limit: number, putKey: (key: K) => void, putValue: (value: V) => void): void {
  if (entries !== undefined && entries !== null && sizeOf(entries) !== 0) {
    e.key(key);
    putMap(e, entries, limit, putKey, putValue);
  }
}

/** Writes a map that is not empty, in the order of its keys. */
export function writeSortedMap<K, V>(e: Encoder, key: Key, entries: Entries<K, V> | Absent, limit: number, putKey: (key: K) => void, putValue: (value: V) => void): void {
  if (entries !== undefined && entries !== null && sizeOf(entries) !== 0) {
    e.key(key);
    putSortedMap(e, entries, limit, putKey, putValue);
  }
}

export function putList<T>(e: Encoder, items: readonly T[], limit: number, put: (item: T) => void): void {
  if (!Array.isArray(items)) {
    wrong(e, 'an array', items);
  }
  entriesWithin(e, items.length, limit);
  enter(e);
  header(e, items.length, 0x90, 0xdc);
  for (let i = 0; i < items.length; i++) { // an array with holes has undefined in them, which put refuses
    put(items[i]!);
  }
  e.depth++;
}

export function putMap<K, V>(e: Encoder, entries: Entries<K, V>, limit: number, putKey: (key: K) => void, putValue: (value: V) => void): void {
  putEntries(e, pairs(e, entries), limit, putKey, putValue);
}

export function putSortedMap<K, V>(e: Encoder, entries: Entries<K, V>, limit: number, putKey: (key: K) => void, putValue: (value: V) => void): void {
  putEntries(e, pairs(e, entries).sort(([a], [b]) => compareKeys(a, b)), limit, putKey, putValue);
}

export function pairs<K, V>(e: Encoder, entries: Entries<K, V>): [K, V][] {
  if (typeof entries !== 'object' || entries === null) {
    wrong(e, 'a Map', entries);
  }
  return pairsOf(entries);
}

export function putEntries<K, V>(e: Encoder, pairs: readonly (readonly [K, V])[], limit: number, putKey: (key: K) => void, putValue: (value: V) => void): void {
  entriesWithin(e, pairs.length, limit);
  enter(e);
  header(e, pairs.length, 0x80, 0xde);
  for (const [key, value] of pairs) {
    putKey(key);
    putValue(value);
  }
  e.depth++;
}

/** Begins a tuple of so many entries, which follow with `place` before each, and then `endTuple`. */
export function beginTuple(e: Encoder, name: string, places: number, value: unknown): void {
  if (typeof value !== 'object' || value === null) {
    wrong(e, `an object for ${name}`, value);
  }
  e.spare = false; // a tuple is never empty
  open(e, name);
  header(e, places, 0x90, 0xdc);
}

/** Says which entry of a tuple comes next. */
export function putPlace(e: Encoder, number: number): void {
  e.last = number;
}

export function endTuple(e: Encoder, limit: number = Infinity): void {
  close(e, limit);
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
