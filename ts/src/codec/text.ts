const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = /* @__PURE__ */ new TextEncoder();

/** Up to so many bytes a loop is faster than TextDecoder, which is called for each string. */
const shortText = 40;

/** Reads UTF-8; undefined for bytes that are none. */
export function readText(b: Uint8Array, from: number, to: number): string | undefined {
  if (to - from <= shortText) {
    const text = readASCII(b, from, to);
    if (text !== undefined) {
      return text;
    }
  }
  try {
    return decoder.decode(b.subarray(from, to));
  } catch {
    return undefined;
  }
}

/** Reads text that is ASCII; undefined for other bytes. */
function readASCII(b: Uint8Array, from: number, to: number): string | undefined {
  const units: number[] = [];
  for (let i = from; i < to; i++) {
    const c = b[i]!;
    if (c >= 0x80) {
      return undefined;
    }
    units.push(c);
  }
  return String.fromCharCode.apply(null, units);
}

/**
 * Writes text as UTF-8 where there are three bytes for each of its units, and returns
 * where it ends; -1 for text that is not well-formed: a half of a surrogate pair.
 */
export function writeText(b: Uint8Array, at: number, text: string): number {
  const length = text.length;
  if (length <= shortText) {
    let i = 0;
    for (; i < length; i++) {
      const c = text.charCodeAt(i);
      if (c >= 0x80) {
        break;
      }
      b[at + i] = c;
    }
    if (i === length) {
      return at + length;
    }
  }
  const { written } = encoder.encodeInto(text, b.subarray(at));
  if (written !== length && !isWellFormed(text)) {
    return -1;
  }
  return at + written;
}

function isWellFormed(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 0xd800 || c > 0xdfff) {
      continue;
    }
    const next = text.charCodeAt(i + 1); // NaN at the end
    if (c > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) {
      return false;
    }
    i++;
  }
  return true;
}

/** Orders texts by their bytes, as Go does, not by their units: they differ beyond U+FFFF. */
export function compareText(a: string, b: string): number {
  const least = Math.min(a.length, b.length);
  for (let i = 0; i < least; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      return rank(x) - rank(y);
    }
  }
  return a.length - b.length;
}

/** Puts surrogates, which stand for what is beyond U+FFFF, behind all other units. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x1_0000 : unit;
}
