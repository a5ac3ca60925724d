import { GridError } from './errors.ts';

/** WebSocketLike is what is used of a WebSocket: that of browsers, of Node 22, and of the package ws 8. */
export interface WebSocketLike {
  binaryType: string;
  readonly protocol: string;
  readonly bufferedAmount: number;
  /** ws calls back when the data was written, browsers do not. */
  send(data: Uint8Array<ArrayBuffer>, sent?: () => void): void;
  close(code?: number, reason?: string): void;
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
}

/** A class of them. `send` must take a copy of what it is given, as all of these do. */
export type WebSocketClass = new (url: string, protocols: string[]) => WebSocketLike;

/** Socket is one WebSocket that is open, as a link sees it. */
export interface Socket {
  readonly bufferedAmount: number;
  /** Sends a message, and may call back when it was written. */
  send(message: Uint8Array, sent?: () => void): void;
  /** Closes it; nothing is heard of it any more. */
  close(code: number, why: string): void;
  onmessage: (message: Uint8Array) => void;
  onclose: (why: string) => void;
}

const SUBPROTOCOL = 'gridc.v1';

/**
 * Pages may close with 1000 and with 3000 to 4999 alone. So where a code is not allowed,
 * 4001 stands for 1001, 4002 for 1002 and 4008 for 1008.
 */
function closeWith(ws: WebSocketLike, code: number, why: string): void {
  const reason = cut(why);
  try {
    ws.close(code, reason);
  } catch {
    ws.close(3000 + code, reason);
  }
}

/** A reason of at most 123 bytes. */
function cut(why: string): string {
  const plain = why.replace(/[^ -~]/g, '?');
  return plain.length > 123 ? plain.slice(0, 120) + '...' : plain;
}

/** Opens a WebSocket. The promise fails with a GridError that says in words what is known. */
export function open(url: string, Class: WebSocketClass, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    let ws: WebSocketLike, said = '';
    const fail = (code: string, text: string, cause?: unknown): void => {
      signal.removeEventListener('abort', aborted);
      reject(new GridError(code, text, { outcome: 'not sent', cause }));
    };
    const aborted = (): void => {
      ws.onopen = ws.onclose = null;
      ws.onerror = () => undefined;
      ws.close();
      const why: unknown = signal.reason;
      fail(why instanceof GridError ? why.code : 'canceled', why instanceof GridError ? why.text : 'the attempt to connect was given up');
    };
    try {
      ws = new Class(url, [SUBPROTOCOL]);
    } catch (error) {
      fail('invalid_argument', `there can be no WebSocket to ${url}: ${error instanceof Error ? error.message : String(error)}`, error);
      return;
    }
    if (ws.binaryType !== 'nodebuffer') ws.binaryType = 'arraybuffer'; // ws copies what it makes an ArrayBuffer of
    ws.onerror = (event: { message?: string; error?: { message?: string } }): void => {
      said = event.message || event.error?.message || said;
      setTimeout(() => fail('unavailable', unopened(url, { code: 1006, reason: '' }, said)), 50); // Node 22 tells no close
    };
    ws.onclose = (event: CloseLike): void => fail('unavailable', unopened(url, event, said));
    ws.onopen = (): void => {
      signal.removeEventListener('abort', aborted);
      if (ws.protocol !== SUBPROTOCOL) {
        closeWith(ws, 1002, `the subprotocol ${SUBPROTOCOL} is needed`);
        fail('incompatible', `${url} speaks ${ws.protocol ? `the subprotocol ${JSON.stringify(ws.protocol)}` : 'no subprotocol'}, ${SUBPROTOCOL} is needed: it is no grid`);
        return;
      }
      resolve(adapt(ws));
    };
    signal.addEventListener('abort', aborted);
  });
}

interface CloseLike {
  readonly code: number;
  readonly reason: string;
}

/** Browsers do not tell why an upgrade failed. So all is said that may be the cause. */
function unopened(url: string, { code, reason }: CloseLike, said: string): string {
  const known = said || reason;
  return known
    ? `the WebSocket to ${url} could not be opened: ${known}`
    : `the WebSocket to ${url} could not be opened (code ${code}; a browser does not tell why): nobody listens there, its certificate is not trusted, ` +
        `or the node refused the upgrade, because it does not allow the origin of this page, serves no grid at this path, or is full`;
}

/** How a connection ended, in words. */
function ended({ code, reason }: CloseLike, said: string): string {
  if (code === 1006) return `the connection was lost${said && `: ${said}`}`;
  return `the other end closed the connection with code ${code}${reason && `: ${reason}`}`;
}

function adapt(ws: WebSocketLike): Socket {
  let said = '';
  ws.onerror = (event: { message?: string; error?: { message?: string } }): void => {
    said = event.message || event.error?.message || said;
  };
  const socket: Socket = {
    get bufferedAmount() {
      return ws.bufferedAmount;
    },
    send: (message, sent) => ws.send(message as Uint8Array<ArrayBuffer>, sent),
    close: (code, why) => {
      ws.onmessage = ws.onclose = null;
      closeWith(ws, code, why);
    },
    onmessage: () => undefined,
    onclose: () => undefined,
  };
  ws.onclose = (event: CloseLike) => socket.onclose(ended(event, said));
  ws.onmessage = ({ data }: { data: unknown }) => {
    if (data instanceof Uint8Array) socket.onmessage(data);
    else if (data instanceof ArrayBuffer) socket.onmessage(new Uint8Array(data));
    else {
      socket.close(1002, 'a text message');
      socket.onclose('the connection was closed here: a text message came');
    }
  };
  return socket;
}
