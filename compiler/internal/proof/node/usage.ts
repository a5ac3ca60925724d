// What a user of generated code sees of its types and values. It is compiled, where each error that
// is expected has to be one, and run.
import assert from 'node:assert/strict';
import { DeclaredError, GridError } from '@gridc/runtime';
import * as codec from '@gridc/runtime/codec';
import {
  Chained, type Choice, type Color, Color as colors, decodeChoice, decodeNested, decodeOptionals, decodeScalars, encodeBatch, encodeChoice,
  encodeLimited, encodeLists, encodeMaps, encodeOptionals, encodeScalars, encodeTree, type Foreign, type LinkEvent, newScalars, NotThere, Bare,
  type Optionals, type Scalars, type Tree, Wait, Most,
} from './proof/proof_grid.ts';
import { decodeLogin, decodeOlder, encodeInner, encodeNewer, encodeOlder, encodeOrdered, decodeOrdered, encodeLogin, Locked } from './forms/forms_grid.ts';

const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex');
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

function fails(run: () => unknown, fault: codec.Fault, text: RegExp): void {
  assert.throws(run, (error: unknown) => {
    assert.ok(error instanceof codec.CodecError && error instanceof GridError, String(error));
    assert.equal(error.fault, fault);
    assert.equal(error.code, 'invalid_argument');
    assert.match(error.message, text);
    return true;
  });
}

// Everything may be left out when it is sent, and is there when it came.
assert.equal(hex(encodeScalars({})), 'de0000');
assert.deepEqual(decodeScalars(bytes('80')), newScalars());
const zero: Scalars = newScalars();
assert.deepEqual(
  { ...zero },
  {
    b: false, i8: 0, i16: 0, i32: 0, i64: 0n, u8: 0, u16: 0, u32: 0, u64: 0n, f32: 0, f64: 0, s: '', bin: new Uint8Array(0),
    t: { seconds: -62135596800n, nanos: 0 }, d: 0n, id: '00000000-0000-0000-0000-000000000000', any: new Uint8Array(0), c: 0, o: 0, w: 0n,
  },
);

// Each type as the wire has it, from the value that people write.
const written: readonly (readonly [codec.Init<Scalars>, string])[] = [
  [{ b: true }, 'de000101c3'],
  [{ i8: -1 }, 'de000102ff'],
  [{ i16: -129 }, 'de000103d1ff7f'],
  [{ i32: -2147483648 }, 'de000104d280000000'],
  [{ i64: -33 }, 'de000105d0df'],
  [{ i64: -9223372036854775808n }, 'de000105d38000000000000000'],
  [{ i64: 4294967296 }, 'de000105cf0000000100000000'],
  [{ u8: 200 }, 'de000106ccc8'],
  [{ u16: 256 }, 'de000107cd0100'],
  [{ u32: 4294967295 }, 'de000108ceffffffff'],
  [{ u64: 18446744073709551615n }, 'de000109cfffffffffffffffff'],
  [{ f32: 0.5 }, 'de00010aca3f000000'],
  [{ f64: -0 }, 'de00010bcb8000000000000000'],
  [{ s: 'é😀' }, 'de00010ca6c3a9f09f9880'],
  [{ bin: bytes('00ff') }, 'de00010dc40200ff'],
  [{ t: { seconds: 1n, nanos: 0 } }, 'de00010ed6ff00000001'],
  [{ t: { seconds: 0n, nanos: 1 } }, 'de00010ed7ff0000000400000000'],
  [{ t: { seconds: -1, nanos: 5 } }, 'de00010ec70cff00000005ffffffffffffffff'],
  [{ t: codec.timeOf(new Date('2026-12-01T09:00:00.25Z')) }, 'de00010ed7ff3b9aca006a2d3590'],
  [{ d: 1_500_000_000 }, 'de00010fce59682f00'],
  [{ id: 'FFFFFFFF-0000-4000-8000-0123456789ab' }, 'de000110c410ffffffff0000400080000123456789ab'],
  [{ any: bytes('93c0c301') }, 'de00011193c0c301'],
  [{ c: colors.red }, 'de0001ccc801'],
  [{ c: 99 }, 'de0001ccc863'],
  [{ o: -7 }, 'de0001cd012cf9'],
];
for (const [value, want] of written) {
  if ('t' in value && want.startsWith('de00010ed7ff3b')) {
    assert.equal(codec.dateOf(decodeScalars(encodeScalars(value)).t).toISOString(), '2026-12-01T09:00:00.250Z');
    continue;
  }
  assert.equal(hex(encodeScalars(value)), want);
  const again = decodeScalars(bytes(want));
  assert.equal(hex(encodeScalars(again)), want);
}
assert.equal(typeof decodeScalars(bytes('8105 01')).i64, 'bigint');
assert.equal(decodeScalars(encodeScalars({ id: 'FFFFFFFF-0000-4000-8000-0123456789ab' })).id, 'ffffffff-0000-4000-8000-0123456789ab');
assert.equal(Wait, 90_000_000_000n);
assert.equal(Most, 2n ** 64n - 1n);

// What does not fit says where and why, and never what it was.
fails(() => encodeScalars({ i8: 128 }), 'malformed', /^grid: invalid_argument: encode proof\.Scalars field 2: the number is not from -128 to 127$/);
fails(() => encodeScalars({ u32: 1.5 }), 'malformed', /field 8: not an integer but number/);
fails(() => encodeScalars({ u32: NaN }), 'malformed', /field 8/);
fails(() => encodeScalars({ i64: 2 ** 53 }), 'malformed', /field 5: the number is larger than Number\.MAX_SAFE_INTEGER: give a bigint/);
fails(() => encodeScalars({ u64: -1n }), 'malformed', /field 9/);
fails(() => encodeScalars({ i64: 2n ** 63n }), 'malformed', /field 5/);
fails(() => encodeScalars({ f32: 1e300 }), 'malformed', /field 10: the number is larger than a float32/);
fails(() => encodeScalars({ s: '\ud800' }), 'malformed', /field 12: .*surrogate/);
fails(() => encodeScalars({ s: `${'x'.repeat(100)}\udc00y` }), 'malformed', /field 12/);
fails(() => encodeScalars({ id: 'nonsense' }), 'malformed', /field 16: not a UUID/);
fails(() => encodeScalars({ any: bytes('01 02') }), 'malformed', /field 17: raw value: .*1 bytes behind it/);
fails(() => encodeScalars({ any: bytes('92 01') }), 'malformed', /field 17/);
fails(() => encodeScalars({ t: { seconds: 0n, nanos: 1e9 } }), 'malformed', /field 14/);
// @ts-expect-error a text is no number
fails(() => encodeScalars({ i32: '1' }), 'malformed', /field 4: not an integer but string/);
// @ts-expect-error and a number no text
fails(() => encodeScalars({ s: 1 }), 'malformed', /field 12: not a string but number/);
// @ts-expect-error null is no message
fails(() => encodeScalars(null), 'malformed', /not an object for proof\.Scalars but null/);
// @ts-expect-error there is no such field
encodeScalars({ nope: 1 });

// Optional fields are there or not, zero or not.
const some: Optionals = decodeOptionals(encodeOptionals({ b: false, s: '', bin: new Uint8Array(0), i64: 0, f64: 0, pick: codec.unset, t: codec.zeroTime }));
assert.equal(some.b, false);
assert.equal(some.s, '');
assert.equal(some.i64, 0n);
assert.equal(some.bin?.length, 0);
assert.deepEqual(some.pick, { kind: 'unset' });
assert.ok(!('i8' in some) && some.i8 === undefined && !('color' in some));
const maybe: bigint | undefined = some.i64;
assert.equal(maybe, 0n);

// Unions are told apart by their kind.
function describe(choice: Choice): string {
  switch (choice.kind) {
    case 'part':
      return `part ${choice.part.number}`;
    case 'table':
      return `table ${[...choice.table.keys()].join()}`;
    case 'idle':
      return 'idle';
    case 'unknown':
      return `unknown ${choice.number}`;
    default:
      return choice.kind;
  }
}
assert.equal(hex(encodeChoice({ kind: 'number', number: 7 })), '810207');
assert.equal(hex(encodeChoice({ kind: 'idle' })), '81cd012d80');
assert.equal(hex(encodeChoice({ kind: 'unset' })), '80');
assert.equal(hex(encodeChoice({ kind: 'part', part: { number: 1 } })), '8101810101');
assert.equal(describe(decodeChoice(bytes('81 09 82 a1 61 01 a1 62 02'))), 'table a,b');
assert.equal(describe(decodeChoice(bytes('81 63 c3'))), 'unknown 99');
assert.equal(describe(decodeChoice(bytes('80'))), 'unset');
fails(() => encodeChoice(decodeChoice(bytes('81 63 c3'))), 'variant', /variant 99 is not known here/);
fails(() => decodeChoice(bytes('82 01 80 02 01')), 'variant', /2 variants/);
// @ts-expect-error there is no such kind
fails(() => encodeChoice({ kind: 'constructor' }), 'variant', /it has no kind "constructor"/);
// @ts-expect-error the value is missing
fails(() => encodeChoice({ kind: 'number' }), 'malformed', /proof\.Choice field 2: not an integer but undefined/);

// Maps are Maps, or objects where the keys are texts.
assert.equal(hex(encodeMaps({ texts: { b: '2', a: '1' } })), '810182a162a132a161a131');
assert.equal(hex(encodeMaps({ texts: new Map([['a', '1']]) })), '810181a161a131');
assert.equal(hex(encodeMaps({ i64: new Map([[-1, codec.timeOf(new Date(1000))]]) })), '810581ffd6ff00000001');
// @ts-expect-error keys that are numbers take a Map
fails(() => encodeMaps({ u8: { 1: 2 } }), 'malformed', /field 6/);
const odd = JSON.parse('{"__proto__": "x"}') as Record<string, string>;
assert.equal(hex(encodeMaps({ texts: odd })), '810181a95f5f70726f746f5f5fa178');

// Sorted ones have one order, that of the bytes.
const ordered = hex(encodeOrdered({ texts: { b: '', '\u{1f600}': '', '\uffff': '', a: '' } }));
assert.equal(ordered, '810184a161a0a162a0a3efbfbfa0a4f09f9880a0');
assert.equal(hex(encodeOrdered(decodeOrdered(bytes(ordered)))), ordered);
assert.equal(hex(encodeInner({ sizes: new Map([[5, 1], [-3, 2], [100, 3]]) })), '9183fd02050164' + '03');

// Limits hold in both directions, in bytes and in entries.
fails(() => encodeLimited({ path: 'é'.repeat(9) }), 'limit', /proof\.Limited field 1: over the limit: 18 bytes, at most 16/);
fails(() => encodeLimited({ names: ['', '', '', ''] }), 'limit', /field 3: over the limit: 4 entries, at most 3/);
fails(() => encodeLimited({ path: 'x'.repeat(16), data: new Uint8Array(16), names: ['x'.repeat(40)] }), 'limit', /encode proof\.Limited: over the limit: \d+ bytes, at most 64/);
fails(() => encodeLists({ ints: new Array<bigint>(65_537).fill(0n) }), 'limit', /field 2: over the limit: 65537 entries, at most 65536/);
// @ts-expect-error a list is an array
fails(() => encodeLists({ ints: 'abc' }), 'malformed', /field 2: not an array but string/);
fails(() => encodeLists({ ints: [, 1n] as unknown as bigint[] }), 'malformed', /field 2: not a bigint but undefined/);

// A value that contains itself ends.
const loop: { name: string; left?: Tree } = { name: 'x' };
loop.left = loop as unknown as Tree;
fails(() => encodeTree(loop), 'depth', /proof\.Tree field 2: nested too deeply: more than 64 levels/);
const deep = (levels: number): codec.Init<Tree> => (levels === 0 ? { name: 'x' } : { left: deep(levels - 1) });
assert.ok(encodeTree(deep(63)).length > 64);
fails(() => encodeTree(deep(64)), 'depth', /nested too deeply/);

// What was not set is shared and cannot be changed.
const nested = decodeNested(bytes('80'));
assert.throws(() => {
  (nested.part as { number: number }).number = 1;
}, TypeError);
assert.throws(() => {
  (nested.lists.ints as bigint[]).push(1n);
}, TypeError);
assert.throws(() => {
  (decodeOrdered(bytes('80')).texts as Map<string, string>).set('a', 'b');
}, TypeError);

// Memory of its own: what comes may be written over.
const input = bytes('810dc40201ff');
const own = decodeScalars(input);
input.fill(0);
assert.equal(hex(own.bin), '01ff');

// What is not known passes through, also in a copy.
const newer = encodeNewer({ a: 1, added: 'new', pick: { kind: 'added', added: { x: 5 } } });
const older = decodeOlder(newer);
assert.equal(older.pick.kind, 'unknown');
assert.equal(older[codec.kept]?.entries, 1);
assert.equal(hex(encodeOlder({ ...older })), '84' + '0101' + '03810981a17805' + '0595a0c000c0c400' + '07a36e6577');

// Declared errors are classes.
const lost = new NotThere({ path: 'a/b', tries: 3, part: { size: 4 } });
assert.ok(lost instanceof DeclaredError && lost instanceof GridError && lost instanceof Error);
assert.equal(NotThere.code, 'proof.not_there');
assert.equal(lost.code, 'proof.not_there');
assert.equal(lost.name, 'NotThere');
assert.equal(lost.fields.path, 'a/b');
assert.equal(lost.fields.part.size, 4n);
assert.match(lost.message, /proof\.not_there: path "a\/b", tries 3/);
const came = NotThere.decode(lost.encode(), 'said there', { outcome: 'ran', remote: true });
assert.deepEqual(came.fields, lost.fields);
assert.equal(came.text, 'said there');
assert.equal(came.outcome, 'ran');
fails(() => new NotThere({ tries: -1 }), 'malformed', /proof\.NotThere field 2/);
assert.equal(new Bare().text, '');
assert.equal(new Chained({ cause: { causes: [{}] } }).fields.cause?.causes.length, 1);
assert.equal(hex(encodeBatch({ results: [{ kind: 'done' }, { kind: 'lost', lost: lost.fields }] })).slice(0, 12), '810192810180');

// Secrets are in no text.
assert.doesNotMatch(new Locked({ user: 'ann', word: 'hunter2' }).message, /hunter2/);
fails(() => decodeLogin(bytes('8104cf0000000100000000')), 'malformed', /forms\.Login field 4: malformed: the value is secret/);
fails(() => encodeLogin({ pin: 2 ** 33 }), 'malformed', /^(?!.*8589934592)/);

// Numbers of other writers, and keys.
assert.equal(decodeScalars(bytes('81 04 cb 4008000000000000')).i32, 3);
fails(() => decodeScalars(bytes('81 04 cb 400a000000000000')), 'malformed', /the float 3\.25 is not exactly an integer/);
assert.equal(decodeScalars(bytes('81 cb 4010000000000000 05')).i32, 5);
fails(() => decodeScalars(bytes('81 a2 6932 05')), 'malformed', /all of its keys are texts/);
fails(() => decodeScalars(bytes('81 0c a1 ff')), 'malformed', /field 12: malformed: the text is not UTF-8/);
fails(() => decodeScalars(bytes('80 80')), 'malformed', /1 bytes behind the message/);
assert.equal(decodeScalars(bytes('82 a3 666f6f 93 c0 01 c0 04 05')).i32, 5);

// A getter that encodes while its message is encoded.
const sly: codec.Init<Scalars> = {
  get s(): string {
    return hex(encodeScalars({ b: true }));
  },
};
assert.equal(decodeScalars(encodeScalars(sly)).s, 'de000101c3');

// Types alone.
const color: Color = 17; // open
const event: codec.Init<LinkEvent> = {};
const foreign: codec.Init<Foreign> = { zone: { since: { seconds: 1 } }, vals: { a: new Map([[1, 0]]) } };
// @ts-expect-error what came is readonly
void (() => (zero.b = true));
// @ts-expect-error and complete
const incomplete: Scalars = { b: true };
void [color, event, foreign, incomplete];

assert.equal(codec.durationOf(1.5), 1_500_000n);
assert.equal(codec.millisecondsOf(1_500_000n), 1.5);
console.log('usage: all as it should be');
