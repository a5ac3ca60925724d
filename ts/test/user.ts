// What a user of the package writes, for scripts/package.mjs: it is compiled against what npm pack makes.
import { type Caller, GridError, type Receiver, type ServiceDescriptor, type UnaryMethod, connect, decodeBytes, encodeBytes, serving } from '@gridc/runtime';

const echo: UnaryMethod<Uint8Array, Uint8Array> = { id: 1, name: 'echo', encode: encodeBytes, decode: decodeBytes };

interface EchoServer {
  echo(request: Uint8Array): Promise<Uint8Array>;
}
const EchoServer: ServiceDescriptor<EchoServer, [disk: string]> = {
  name: 'echo',
  serving,
  subroute: (disk) => [disk],
  handlers: [{ kind: 'unary', key: 'echo', id: 1, name: 'echo', encode: encodeBytes, decode: decodeBytes }],
};

export async function use(caller: Caller, entries: Receiver<number>): Promise<number> {
  const session = connect({ url: 'wss://x/grid/v1', name: 'page', node: 'node', WebSocket });
  session.serve(EchoServer, { echo: async (b) => b }, 'disk0');
  // @ts-expect-error the subroute is missing
  session.serve(EchoServer, { echo: async (b) => b });
  // @ts-expect-error the method is missing
  session.serve(EchoServer, {}, 'disk0');
  let sum = 0;
  for await (const n of entries) sum += n;
  try {
    return sum + (await caller.call(echo, new Uint8Array(1), { timeout: 5 })).length;
  } catch (error) {
    if (error instanceof GridError && error.outcome === 'not sent') return 0;
    throw error;
  } finally {
    await session.close();
  }
}
