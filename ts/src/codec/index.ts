/**
 * What generated code reads and writes messages with: msgpack as section 14 of
 * PROTOCOL.md has it, within bounds whatever comes. Types and helpers of the values are here, too; Encoder and
 * Decoder are for generated code.
 */
export { decode, decodeRaw, Decoder } from './decoder.ts';
export { encode, encodeRaw, Encoder, type Integer, type Key } from './encoder.ts';
export { CodecError, type Fault } from './errors.ts';
export { type Init, type InitFields, type InitMap, Kept, kept, type Mutable, type UnknownVariant, type Unset, unset } from './types.ts';
export {
  dateOf, durationOf, hasRaw, isZeroTime, millisecondsOf, nilUUID, noBytes, noEntries, noItems, now, textOf, type Time, timeOf, zeroTime,
} from './values.ts';
export { defaultLimit } from './wire.ts';
