/**
 * Kept is what was read and is not known here, as it came: entries of a message, or the
 * variant of a union. Where the schema says `@keep` it is written again with what holds it.
 */
export class Kept {
  readonly entries: number;
  /** Keys and values, of a tuple values. */
  readonly bytes: Uint8Array;
  readonly #brand = true; // so that no message is taken for one

  constructor(entries: number, bytes: Uint8Array) {
    this.entries = entries;
    this.bytes = bytes;
  }

  /** Whether a value is one. */
  static is(value: unknown): value is Kept {
    return typeof value === 'object' && value !== null && #brand in value;
  }
}

/**
 * The property of what a message keeps. A copy by `{ ...message }` has it, too; JSON does
 * not.
 */
export const kept: unique symbol = /* @__PURE__ */ Symbol('gridc.kept');

/** A union that holds nothing. */
export interface Unset {
  readonly kind: 'unset';
}

/** The union that holds nothing. */
export const unset: Unset = /* @__PURE__ */ Object.freeze({ kind: 'unset' });

/** A union with a variant that only a newer peer knows. Without `@keep` it cannot be written again. */
export interface UnknownVariant {
  readonly kind: 'unknown';
  /** The number of the variant; -1 for a key that is none. */
  readonly number: number;
  readonly [kept]?: Kept;
}

/**
 * Init is a message as it is given to be sent: fields that are left out are zero, and where
 * a bigint is due, a number will do that is an integer and no larger than
 * Number.MAX_SAFE_INTEGER. A map with text keys may be a plain object. A complete message is one, too.
 */
export type Init<T> = T extends string | number | boolean | undefined | Uint8Array | Kept
  ? T
  : T extends bigint
    ? bigint | number
    : T extends readonly (infer Item)[]
      ? readonly Init<Item>[]
      : T extends ReadonlyMap<infer Key, infer Value>
        ? InitMap<Key, Value>
        : T extends { readonly kind: infer Kind extends string }
          ? string extends Kind
            ? InitFields<T>
            : { readonly [Name in keyof T]: Init<T[Name]> }
          : InitFields<T>;

/** The fields of a message, each of which may be left out. */
export type InitFields<T> = { readonly [Name in keyof T]?: Init<T[Name]> | undefined };

/** A map, or where its keys are texts an object. */
export type InitMap<Key, Value> =
  | ReadonlyMap<Init<Key>, Init<Value>>
  | (Key extends string ? { readonly [key: string]: Init<Value> } : never);

/** A message that is being read. */
export type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };
