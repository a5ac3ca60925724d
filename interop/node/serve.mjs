// What strangers serve for the Go side; see harness_test.go and streams_test.go.
import { MIRROR, REVERSE } from './exercise.mjs';
import { streaming } from './peer.mjs';

const reverse = (payload) => Buffer.from(payload).reverse();

async function mirror(payload, stream) {
  if (String(payload) === 'refuse') throw Object.assign(new Error('gone'), { code: 'not_found' });
  for (let i = 1; String(payload) === 'endless'; i++) await stream.send(Buffer.from(String(i)));
  await stream.send(reverse(payload));
  for await (const message of stream) await stream.send(reverse(message));
}

export const serve = { [REVERSE]: reverse, [MIRROR]: streaming(4, 4, mirror) };
