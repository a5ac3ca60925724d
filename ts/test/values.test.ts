import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dateOf } from '../src/codec/index.ts';

// Doubles of today's milliseconds are 244 ns apart, so a sum that has a fraction rounds up near the
// end of a millisecond, and readers that cut, as Go's do, would see another year.
test('the Date of a time is cut, never rounded up', () => {
  for (const [second, nanos, want] of [
    ['2026-12-31T23:59:59Z', 999_999_800, '2026-12-31T23:59:59.999Z'],
    ['2026-12-31T23:59:59Z', 999_999_999, '2026-12-31T23:59:59.999Z'],
    ['9999-12-31T23:59:59Z', 999_999_999, '9999-12-31T23:59:59.999Z'],
    ['1969-12-31T23:59:58Z', 999_999_999, '1969-12-31T23:59:58.999Z'],
  ] as const) {
    assert.equal(dateOf({ seconds: BigInt(Date.parse(second) / 1000), nanos }).toISOString(), want, `${second} and ${nanos} ns`);
  }
});
