// The three clients, each set up as its documentation recommends, doing the same work.
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { create } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { connect, type WebSocketClass } from '@gridc/runtime';
import { WebSocket as WS } from 'ws';
import { EchoClient } from './gen/echo/echo_grid.ts';
import { RequestSchema } from './pb/echo_pb.ts';
import { Echo } from './pb/service_pb.ts';

/** Client makes one call, and returns what came back. */
export interface Client {
  readonly name: string;
  call(text: string, data: Uint8Array): Promise<{ text: string; data: Uint8Array }>;
  close(): Promise<void> | void;
}

const most = 32 << 20;

/** gridc: default limits; WebSocket is that of the package ws 8, or the global one of Node 22. */
export async function gridc(address: string, name: string, WebSocket: WebSocketClass): Promise<Client> {
  const session = connect({ url: `ws://${address}/grid/v1`, name: 'page', node: 'server', WebSocket });
  await session.ready({ timeout: 10_000 });
  const echo = new EchoClient(session.caller);
  return { name, call: (text, data) => echo.call({ text, data }), close: () => session.close({ timeout: 0 }) };
}

export const sockets = { ws: WS as unknown as WebSocketClass, global: (globalThis as { WebSocket?: WebSocketClass }).WebSocket };

/** connect-es: the Connect protocol over one HTTP/2 connection, binary format. */
export async function connectES(address: string): Promise<Client> {
  const transport = createConnectTransport({ baseUrl: `http://${address}`, httpVersion: '2', readMaxBytes: most, writeMaxBytes: most });
  const echo = createClient(Echo, transport);
  return { name: 'connect-es', call: (text, data) => echo.call(create(RequestSchema, { text, data })), close: () => undefined };
}

/** grpc-js: one channel, messages by proto-loader (protobufjs), limits raised. */
export async function grpcJS(address: string, protos: string): Promise<Client> {
  const loaded = grpc.loadPackageDefinition(loadSync('service.proto', { includeDirs: [protos], keepCase: true })) as any;
  const echo = new loaded.echo.Echo(address, grpc.credentials.createInsecure(), { 'grpc.max_receive_message_length': most, 'grpc.max_send_message_length': most });
  return {
    name: 'grpc-js',
    call: (text, data) => new Promise((resolve, reject) => echo.Call({ text, data }, (error: Error | null, answer: any) => (error ? reject(error) : resolve(answer)))),
    close: () => echo.close(),
  };
}
