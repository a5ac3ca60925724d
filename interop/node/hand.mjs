// The hand-written client against a real node: node hand.mjs dial, or node hand.mjs serve, which serves it too.
import { connect, dial } from './client.mjs';
import { main } from './exercise.mjs';
import { dialAsPeer } from './peer.mjs';
import { serve } from './serve.mjs';

await main(async (self) => (process.argv[2] === 'serve' ? dialAsPeer : dial)(await connect(self), { ...self, serve }));
