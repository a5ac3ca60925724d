import { GridError } from '../errors.ts';

/**
 * What is wrong with a message:
 * - `malformed`: bytes that are not msgpack, end too early or hold another type than the schema
 *   says; a value that is none of its type;
 * - `limit`: a list, map, string, bytes or message beyond its limit;
 * - `depth`: more than 64 levels, as in an object that contains itself;
 * - `budget`: bytes that ask for more memory than their length may cost;
 * - `variant`: a union that cannot be written, or has more than one variant.
 */
export type Fault = 'malformed' | 'limit' | 'depth' | 'budget' | 'variant';

/** CodecError says which message cannot be read or written, where in it, and why. */
export class CodecError extends GridError {
  readonly fault: Fault;
  /** What is wrong, without the place. */
  readonly reason: string;

  constructor(fault: Fault, reason: string, place = '') {
    super('invalid_argument', place === '' ? reason : `${place}: ${reason}`);
    this.name = 'CodecError';
    this.fault = fault;
    this.reason = reason;
  }
}

/**
 * The place of a fault: "decode storage.WalkEntry: storage.FileInfo field 9". Names are those
 * of the messages around it, from the outermost on.
 */
export function placeOf(verb: string, names: readonly string[], key: number | string | undefined): string {
  const root = names[0];
  if (root === undefined) {
    return verb;
  }
  const inner = names[names.length - 1];
  const field = key === undefined ? '' : ` field ${typeof key === 'string' ? JSON.stringify(key.slice(0, 64)) : key}`;
  return `${verb} ${root}${inner === root ? '' : `: ${inner}`}${field}`;
}

/** What is said of n units where limit are allowed. */
export function tooMany(n: number, limit: number, unit: string): string {
  return `over the limit: ${n} ${unit}, at most ${limit}`;
}

export const tooShort = 'malformed: it ends too early';
