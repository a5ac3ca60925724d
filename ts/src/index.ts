/** The runtime of gridc for browsers and Node: ends that call and serve, over one WebSocket. */
export * from './contract.ts';
export * from './errors.ts';
export type { Limits } from './limits.ts';
export { unimplemented } from './link/failures.ts';
export { serving } from './link/registry.ts';
export { connect, uniqueName, type ConnectOptions, type Phase, type ReadyOptions, Session, type SessionState } from './session.ts';
export type { WebSocketClass, WebSocketLike } from './socket.ts';
