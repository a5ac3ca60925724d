import { byte, type Encoder, rawBytes } from './encoder.ts';
import { tooMany } from './errors.ts';
import { endOfValue } from './put_values.ts';
import { Kept, kept, type UnknownVariant } from './types.ts';

const nothingKept = /* @__PURE__ */ new Kept(0, /* @__PURE__ */ new Uint8Array(0));

function keptOf(value: object): Kept {
  const held = (value as { readonly [kept]?: unknown })[kept];
  return Kept.is(held) ? held : nothingKept;
}

/** How many entries a message keeps. */
export function keptEntries(value: object): number {
  return typeof value === 'object' && value !== null ? keptOf(value).entries : 0;
}

/** Writes what a message keeps. */
export function writeKept(e: Encoder, value: object): void {
  const { entries, bytes } = keptOf(value);
  if (entries === 0) {
    return;
  }
  e.last = undefined;
  if (e.entries + entries > 0xffff) {
    e.fail('limit', tooMany(e.entries + entries, 0xffff, 'entries'));
  }
  for (let at = 0; at < bytes.length; ) { // it may stand deeper than it came
    at = endOfValue(e, bytes, at);
  }
  e.entries += entries;
  rawBytes(e, bytes);
}

/** Writes the variant that a union came with and that is not known here. */
export function writeUnknown(e: Encoder, value: UnknownVariant, keeps: boolean): void {
  if (!keeps || keptOf(value).entries === 0) {
    e.fail('variant', `not a valid union: variant ${String(value.number)} is not known here and its value was not kept`);
  }
  writeKept(e, value);
}

/** Fails because a union has another kind than it may have. */
export function failKind(e: Encoder, value: unknown): never {
  const kind = (value as { readonly kind?: unknown }).kind;
  e.fail('variant', `not a valid union: it has no kind ${typeof kind === 'string' ? JSON.stringify(kind.slice(0, 64)) : typeof kind}`);
}

/** Writes a message without fields: the value of a variant that has none. */
export function putEmpty(e: Encoder): void {
  byte(e, 0x80);
}
