/** The levels of messages, unions, lists and maps that a value may have. */
export const maxDepth = 64;

/** Most entries of a list or map for which the schema has no limit. */
export const defaultLimit = 65_536;

/** The largest length that msgpack can write. */
export const noLimit = 0xffff_ffff;

/** What the header of a msgpack value says. Its fields are written by {@link readHead}. */
export interface Head {
  /** Bytes of the header, and of the content behind it, without what is nested. */
  size: number;
  /** Values that follow inside an array, twice the entries of a map; 0 else. */
  inside: number;
  nested: boolean;
}

/** Why no value begins where one should. */
export type HeadFault = 'short' | 'unused' | 'deep';

// Of the first bytes from 0xc0 to 0xdf: bytes of the header, of them of a length, and of
// content where there is no length. A header of 0 bytes is 0xc1, which is not used.
const forms: readonly (readonly [head: number, length: number, body: number])[] = [
  [1, 0, 0], [0, 0, 0], [1, 0, 0], [1, 0, 0], // nil, unused, false, true
  [2, 1, 0], [3, 2, 0], [5, 4, 0], // bin
  [3, 1, 0], [4, 2, 0], [6, 4, 0], // ext
  [1, 0, 4], [1, 0, 8], // float
  [1, 0, 1], [1, 0, 2], [1, 0, 4], [1, 0, 8], // uint
  [1, 0, 1], [1, 0, 2], [1, 0, 4], [1, 0, 8], // int
  [2, 0, 1], [2, 0, 2], [2, 0, 4], [2, 0, 8], [2, 0, 16], // fixext
  [2, 1, 0], [3, 2, 0], [5, 4, 0], // str
  [3, 2, 0], [5, 4, 0], // array
  [3, 2, 0], [5, 4, 0], // map
];

/**
 * Reads the header of the value at a place into head. The result says what is wrong, and
 * nothing where the header is whole; the content need not be there.
 */
export function readHead(b: Uint8Array, at: number, head: Head): HeadFault | undefined {
  const lead = b[at];
  if (lead === undefined) {
    return 'short';
  }
  head.size = 1;
  head.inside = 0;
  head.nested = false;
  if (lead < 0x80 || lead >= 0xe0) {
    return undefined;
  }
  if (lead < 0xa0) {
    head.nested = true;
    head.inside = (lead & 0x0f) * (lead < 0x90 ? 2 : 1);
    return undefined;
  }
  if (lead < 0xc0) {
    head.size += lead & 0x1f;
    return undefined;
  }
  return readForm(b, at, lead, head);
}

function readForm(b: Uint8Array, at: number, lead: number, head: Head): HeadFault | undefined {
  const [size, lengthSize, body] = forms[lead - 0xc0]!;
  if (size === 0) {
    return 'unused';
  }
  if (at + size > b.length) {
    return 'short';
  }
  const length = lengthSize === 0 ? 0 : readUint(b, at + 1, lengthSize);
  head.size = size + body;
  if (lead >= 0xdc) {
    head.nested = true;
    head.inside = lead >= 0xde ? 2 * length : length;
  } else {
    head.size += length;
  }
  return undefined;
}

/** The big-endian number of 1, 2 or 4 bytes at a place, which have to be there. */
export function readUint(b: Uint8Array, at: number, size: number): number {
  let n = 0;
  for (let i = 0; i < size; i++) {
    n = n * 256 + b[at + i]!;
  }
  return n;
}

/**
 * Where the value at a place ends, which may have depth levels of arrays and maps. It calls
 * itself once a level, 64 times at most, and each step takes a byte at least, so that a false count costs no more
 * than the bytes are many.
 */
export function skip(b: Uint8Array, at: number, depth: number): number | HeadFault {
  const head: Head = { size: 0, inside: 0, nested: false };
  const fault = readHead(b, at, head);
  if (fault !== undefined) {
    return fault;
  }
  let end = at + head.size;
  if (end > b.length) {
    return 'short';
  }
  if (!head.nested) {
    return end;
  }
  if (depth <= 0) {
    return 'deep';
  }
  for (let n = head.inside; n > 0; n--) {
    const next = skip(b, end, depth - 1);
    if (typeof next === 'string') {
      return next;
    }
    end = next;
  }
  return end;
}
