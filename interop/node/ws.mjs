// The npm package ws as client and as server of a session: node ws.mjs dial, or node ws.mjs accept.
import { once } from 'node:events';
import { WebSocket, WebSocketServer } from 'ws';
import { GridError, Inbox } from './client.mjs';
import { main } from './exercise.mjs';
import { accept, dialAsPeer } from './peer.mjs';
import { serve } from './serve.mjs';

const options = { perMessageDeflate: false, maxPayload: 262152 };

/** socketOf makes what a session needs of a WebSocket of the package. */
function socketOf(webSocket) {
  const inbox = new Inbox(), over = (why) => inbox.close(new GridError('disconnected', why));
  webSocket.on('message', (data, binary) => (binary ? inbox.push(data) : webSocket.close(1002, 'a text message')));
  webSocket.on('close', (code, reason) => over(`closed by the peer: ${code} ${reason}`));
  webSocket.on('error', (error) => over(error.message));
  return { inbox, send: (payload) => webSocket.send(payload), close: (code, reason) => webSocket.close(code, reason) };
}

async function dialed(self) {
  const webSocket = new WebSocket(`ws://${self.host}:${self.port}/grid/v1`, 'gridc.v1', options), socket = socketOf(webSocket);
  await once(webSocket, 'open');
  return dialAsPeer(socket, self);
}

async function accepted(self) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/grid/v1', handleProtocols: () => 'gridc.v1', ...options });
  await once(server, 'listening');
  console.log(`listening ${server.address().port}`);
  const [webSocket] = await once(server, 'connection');
  server.close();
  return accept(socketOf(webSocket), self);
}

await main((self) => (process.argv[2] === 'accept' ? accepted : dialed)({ ...self, serve }));
