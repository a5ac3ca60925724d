import { beginKey, bodyOf, charge, type Decoder, entriesWithin, isText, listHeader, mapHeader, open } from './decoder.ts';
import { readText } from './text.ts';
import { noEntries, noItems } from './values.ts';

/** Reads a list of at most limit values. */
export function readList<T>(d: Decoder, limit: number, read: () => T): readonly T[] {
  const n = listHeader(d);
  entriesWithin(d, n, limit);
  if (n === 0) {
    d.depth++;
    return noItems;
  }
  charge(d, 16 + 8 * n);
  const items: T[] = [];
  for (let i = 0; i < n; i++) {
    items.push(read());
  }
  d.depth++;
  return items;
}

/** Reads a map of at most limit entries. Of a key that comes twice the last value counts. */
export function readMap<K, V>(d: Decoder, limit: number, readKey: () => K, readValue: () => V): ReadonlyMap<K, V> {
  const n = mapHeader(d);
  entriesWithin(d, n, limit);
  if (n === 0) {
    d.depth++;
    return noEntries;
  }
  charge(d, 200 + 40 * n);
  const entries = new Map<K, V>();
  for (let i = 0; i < n; i++) {
    const key = readKey();
    entries.set(key, readValue());
  }
  d.depth++;
  return entries;
}

/** Begins a tuple and returns how many entries it has. */
export function readTuple(d: Decoder, name: string, cost: number): number {
  open(d, name, cost);
  return listHeader(d);
}

/** Says which entry of a tuple comes next, counted from 1. */
export function readPlace(d: Decoder, number: number): number {
  d.keys[d.keys.length - 1] = -number;
  return number;
}

/** Reads a text key; undefined for a key that is none, and for one that is no UTF-8. */
export function readTextKey(d: Decoder): string | undefined {
  const lead = beginKey(d, isNumber, 'all of its keys are numbers, and fields have texts for keys here');
  const at = d.at;
  d.skip();
  return isText(lead) ? readText(d.b, d.at - bodyOf(d.b, at), d.at) : undefined;
}

/** Passes over a key, of a message that has no fields. */
export function readAnyKey(d: Decoder): void {
  d.keys[d.keys.length - 1] = d.at;
  d.skip();
}

function isNumber(lead: number): boolean {
  return lead < 0x80 || lead >= 0xe0 || (lead >= 0xca && lead <= 0xd3);
}
