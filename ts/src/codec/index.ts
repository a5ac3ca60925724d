/**
 * What generated code reads and writes messages with: msgpack as section 14 of
 * PROTOCOL.md has it, within bounds whatever comes. Types and helpers of the values are here, too; Encoder and
 * Decoder are for generated code.
 */
export { decode, Decoder } from './decoder.ts';
export { encode, Encoder, type Key, putNil } from './encoder.ts';
export { CodecError, type Fault } from './errors.ts';
export {
  type Integer, putBlob, putBool, putDuration, putFloat32, putFloat64, putInt16, putInt32, putInt64, putInt8, putString, putUint16, putUint32, putUint64, putUint8, writeBlob, writeBool,
  writeDuration, writeFloat32, writeFloat64, writeInt16, writeInt32, writeInt64, writeInt8, writeString, writeUint16, writeUint32, writeUint64, writeUint8,
} from './put.ts';
export { failKind, keptEntries, putEmpty, writeKept, writeUnknown } from './put_kept.ts';
export { beginTuple, endTuple, putList, putMap, putPlace, putSortedMap, writeList, writeMap, writeMessage, writeSortedMap } from './put_many.ts';
export { encodeRaw, putRaw, putTime, putUUID, writeRaw, writeTime, writeUUID } from './put_values.ts';
export {
  readBlob, readBool, readDuration, readFloat32, readFloat64, readInt16, readInt32, readInt64, readInt8, readString, readUint16, readUint32, readUint64, readUint8,
} from './read.ts';
export { readEmpty, readKept, readSecret, readUnion, readUnknown } from './read_kept.ts';
export { readAnyKey, readList, readMap, readPlace, readTextKey, readTuple } from './read_many.ts';
export { decodeRaw, readRaw, readTime, readUUID } from './read_values.ts';
export { type Init, type InitFields, type InitMap, Kept, kept, type Mutable, type UnknownVariant, type Unset, unset } from './types.ts';
export {
  dateOf, durationOf, hasRaw, isZeroTime, millisecondsOf, nilUUID, noBytes, noEntries, noItems, now, textOf, type Time, timeOf, zeroTime,
} from './values.ts';
export { defaultLimit } from './wire.ts';
