// The hand-written client against a real node.
import { connect, dial } from './client.mjs';
import { main } from './exercise.mjs';

await main(async (self) => dial(await connect(self), self));
