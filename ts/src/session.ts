import type { Caller, ServiceDescriptor } from './contract.ts';
import { SessionCaller, type Links } from './caller.ts';
import { GridError } from './errors.ts';
import { type Proof, Refused, random, shakeHands } from './handshake.ts';
import { type Limits, defaultLimits } from './limits.ts';
import { Link } from './link/link.ts';
import type { Offer } from './link/offer.ts';
import { type WebSocketClass, open } from './socket.ts';
import { encodeText } from './wire/bytes.ts';

/** What connect needs to know. */
export interface ConnectOptions {
  /** Where the node answers: "wss://host/grid/guest" to guests, "wss://host/grid/v1" to nodes. */
  readonly url: string;
  /**
   * Shown to the node, which decides by it who comes in, and calls this end by the user whose
   * token it is; see name. A function is asked before each attempt. Without one a cookie may do.
   */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** The name of the node that is to answer; if not set, whoever answers does. An end with a name needs it. */
  readonly node?: string | undefined;
  /**
   * The name of this end, 1 to 255 bytes, where it comes in as nodes do. If not set it is a
   * guest, which is told its name, as "k3v5x2q7pa.ann". Of two ends with one name the later
   * takes the place of the earlier; see uniqueName.
   */
  readonly name?: string | undefined;
  /** The key that both ends have, in place of a token, for nodes that use SharedKey. It needs a secure context. */
  readonly key?: Uint8Array | undefined;
  /** The class of WebSockets, where there is no global one, as in Node 20: `WebSocket` of the package ws 8. */
  readonly WebSocket?: WebSocketClass | undefined;
  /** What calls do that do not say: wait for a connection, or fail at once. */
  readonly waitForReady?: boolean | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /** Gets what handlers threw that their callers are not told; else it goes to console.error. */
  readonly onError?: ((error: unknown, method: string) => void) | undefined;
}

/**
 * Phase is where a session is: `connecting` also between attempts; `leaving` when the node has
 * said that it goes away; `refused` when it does not accept this end and will not in a moment,
 * which is tried again after a long pause; `closed` for good.
 */
export type Phase = 'connecting' | 'connected' | 'leaving' | 'refused' | 'closed';

/** SessionState is what a session is now. */
export interface SessionState {
  readonly phase: Phase;
  /** Why the last attempt failed, or the last connection ended; undefined while all is well. */
  readonly error: GridError | undefined;
  /** Attempts to connect since the last connection. */
  readonly attempts: number;
}

/** Options of a wait. */
export interface ReadyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds. */
  readonly timeout?: number | undefined;
}

/** Connects to a node, and stays connected until the session is closed. It dials at the end of the turn. */
export function connect(options: ConnectOptions): Session {
  return new Session(options);
}

/** Session is an end of the mesh: it calls the node and serves its calls, over one WebSocket after the other. */
export class Session implements AsyncDisposable {
  /** Makes calls of the node. */
  readonly caller: Caller;
  readonly #options: ConnectOptions;
  readonly #incarnation: Uint8Array = random(16);
  readonly #limits: Limits;
  readonly #watchers = new Set<(state: SessionState) => void>();
  readonly #stop = new AbortController();
  #state: SessionState = { phase: 'connecting', error: undefined, attempts: 0 };
  #link: Link | undefined;
  #offer: Offer | undefined; // what is served, once something is
  #label: string = label();
  #name = '';
  #dials = 0;
  #failures = 0;
  #afterGoaway = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ConnectOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    check(options);
    const session = this;
    this.caller = new SessionCaller({
      get link() { return session.#link?.ready ? session.#link : undefined; },
      waitForReady: options.waitForReady ?? false,
      callTimeout: this.#limits.callTimeout,
      absent: () => this.#absent(),
      wait: (deadline, signal) => this.#wait(deadline, signal),
    } satisfies Links);
    queueMicrotask(() => void this.#dial());
    globalThis.addEventListener?.('online', this.#online);
  }

  /** What the node calls this end; "" before it was connected. */
  get name(): string {
    return this.#name;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Calls the listener with the state as it is, and with each new one, until the function that it returns is called. */
  watch(listener: (state: SessionState) => void): () => void {
    this.#watchers.add(listener);
    listener(this.#state);
    return () => void this.#watchers.delete(listener);
  }

  /** Serves a service: the node can call it. All of its handlers, or none and an error. */
  serve<I extends object, N extends readonly string[]>(service: ServiceDescriptor<I, N>, implementation: I, ...names: N): void {
    if (!service.serving) throw new GridError('invalid_argument', `${service.name} does not say what serves it: generate it anew, or give it \`serving\` of @gridc/runtime`);
    const offer = this.#offer ?? service.serving();
    offer.add(service, implementation, names);
    this.#offer = offer;
    this.#link?.announce(offer);
  }

  /** Waits until the node can be called. Fails when it refuses this end, when the session is closed, and when the time is over. */
  async ready({ signal, timeout }: ReadyOptions = {}): Promise<void> {
    await this.#wait(timeout === undefined ? Infinity : performance.now() + timeout, signal);
  }

  /**
   * Closes the session in good order: the node begins nothing new here, what runs comes to its
   * end, then the connection is closed. When the time is over, 5 s if not said, the rest is cut.
   */
  async close({ timeout = 5_000 }: { readonly timeout?: number } = {}): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort(new GridError('disconnected', 'the session was closed here'));
    clearTimeout(this.#retry);
    globalThis.removeEventListener?.('online', this.#online);
    const link = this.#link;
    if (link && !link.lost) {
      let late: ReturnType<typeof setTimeout> | undefined;
      const cut = new Promise<void>((resolve) => (late = setTimeout(resolve, timeout)));
      await Promise.race([link.leave('the session is being closed'), cut]);
      clearTimeout(late);
      link.fail(1000, 'the session was closed here');
    }
    this.#set({ phase: 'closed', error: new GridError('disconnected', 'the session was closed here') });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #set(change: Partial<SessionState>): void {
    const was = this.#state, now = { ...was, ...change };
    if (was.phase === 'closed' || (now.phase === was.phase && now.error === was.error && now.attempts === was.attempts)) return;
    this.#state = now;
    for (const listener of [...this.#watchers]) {
      try {
        listener(this.#state);
      } catch (error) {
        this.#report(error, 'a listener of the state');
      }
    }
  }

  readonly #report = (error: unknown, method: string): void => {
    if (this.#options.onError) this.#options.onError(error, method);
    else console.error(`grid: ${method} failed:`, error);
  };

  /** The network is back: what waits for an attempt need not. */
  readonly #online = (): void => {
    if (this.#retry !== undefined && this.#state.phase === 'connecting') this.#redial(0);
  };

  #redial(pause: number): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      void this.#dial();
    }, pause);
  }

  async #dial(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#set({ phase: this.#state.phase === 'refused' ? 'refused' : 'connecting', attempts: this.#state.attempts + 1 });
    const late = new AbortController(), abort = (): void => late.abort(this.#stop.signal.reason);
    let timer: ReturnType<typeof setTimeout> | undefined;
    this.#stop.signal.addEventListener('abort', abort);
    try {
      const proof = await this.#proof(); // which may ask a user: the time of the handshake begins behind it
      late.signal.throwIfAborted();
      timer = setTimeout(() => late.abort(new GridError('deadline_exceeded', 'the handshake took too long', { outcome: 'not sent' })), this.#limits.handshake);
      await this.#attempt(proof, late.signal);
    } catch (error) {
      this.#failed(error instanceof GridError ? error : new GridError('unavailable', String(error), { outcome: 'not sent', cause: error }));
    } finally {
      clearTimeout(timer);
      this.#stop.signal.removeEventListener('abort', abort);
    }
  }

  async #attempt(proof: Proof, signal: AbortSignal): Promise<void> {
    const { url, node = '', WebSocket = (globalThis as { WebSocket?: WebSocketClass }).WebSocket } = this.#options;
    const socket = await open(url, WebSocket!, signal);
    const self = { name: this.#options.name ?? this.#label, node, proof, incarnation: this.#incarnation, attempt: ++this.#dials };
    const { peer, name, behind } = await shakeHands(socket, self, this.#limits, signal);
    this.#name = name;
    const link: Link = new Link(socket, peer, this.#limits, this.#offer, this.caller, {
      ready: () => {
        this.#failures = 0;
        this.#afterGoaway = false;
        this.#set({ phase: 'connected', error: undefined, attempts: 0 });
      },
      draining: () => {
        this.#afterGoaway = true;
        this.#set({ phase: 'leaving' });
      },
      lost: (error) => this.#lost(error),
      report: this.#report,
    });
    this.#link = link;
    for (const batch of behind) link.take(batch);
  }

  async #proof(): Promise<Proof> {
    const { token, key, name } = this.#options;
    if (key) return { key };
    if (token === undefined) return name === undefined ? { token: '' } : undefined;
    return { token: typeof token === 'function' ? await token() : token };
  }

  #lost(error: GridError): void {
    this.#link = undefined;
    if (this.#stop.signal.aborted) return;
    this.#set({ phase: 'connecting', error });
    this.#redial(this.#pause());
  }

  #failed(error: GridError): void {
    if (this.#stop.signal.aborted) return;
    if (error.code === 'already_registered') this.#label = label(); // of a guest: somebody else has drawn it
    const lasting = refusals.has(error.code) && (error instanceof Refused || error.outcome === 'not sent' && error.code !== 'invalid_argument');
    this.#set({ phase: lasting ? 'refused' : 'connecting', error });
    this.#redial(error instanceof Refused && error.code !== 'unavailable' ? this.#limits.backoffMax : this.#pause());
  }

  /** A random time, up to twice as long after each failure; short ones where a node is being restarted. */
  #pause(): number {
    const { backoffMin, backoffMax } = this.#limits, n = this.#failures++;
    const most = this.#afterGoaway && n < 8 ? backoffMin / 8 * Math.min(2 ** n, 8) : Math.min(backoffMin * 2 ** Math.min(n, 20), backoffMax);
    return Math.random() * most;
  }

  /** Why no call can be made now. */
  #absent(): GridError {
    const { phase, error } = this.#state, { node = this.#options.url } = this.#options;
    const reason = error ? `: ${error.text}` : '';
    if (phase === 'leaving') return new GridError('unavailable', `${node} is going away`, { outcome: 'not sent' });
    if (this.#stop.signal.aborted) return new GridError('disconnected', 'the session was closed here', { outcome: 'not sent' });
    if (phase === 'refused') return new GridError('disconnected', `${node} refuses this end${reason}`, { outcome: 'not sent', cause: error });
    return new GridError('disconnected', `there is no connection to ${node}${reason}`, { outcome: 'not sent', cause: error });
  }

  #wait(deadline: number, signal: AbortSignal | undefined): Promise<Link> {
    return new Promise((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', aborted);
        this.#watchers.delete(look);
      };
      const fail = (error: GridError): void => (done(), reject(error));
      const aborted = (): void => fail(new GridError('canceled', 'the caller gave up', { outcome: 'not sent', cause: signal?.reason }));
      const look = ({ phase }: SessionState): void => {
        if (this.#link?.ready) done(), resolve(this.#link);
        else if (phase === 'refused' || phase === 'closed' || this.#stop.signal.aborted) fail(this.#absent());
      };
      if (deadline < Infinity) {
        timer = setTimeout(() => fail(new GridError('deadline_exceeded', `the time was over before there was a connection: ${this.#absent().text}`, { outcome: 'not sent' })), deadline - performance.now());
      }
      if (signal?.aborted) aborted();
      else {
        signal?.addEventListener('abort', aborted);
        this.#watchers.add(look);
        look(this.#state);
      }
    });
  }
}

/** What a moment does not change. */
const refusals: ReadonlySet<string> = new Set(['unauthenticated', 'permission_denied', 'incompatible', 'invalid_argument']);

function check({ name, node, url, token, key, WebSocket = (globalThis as { WebSocket?: WebSocketClass }).WebSocket }: ConnectOptions): void {
  const wrong = (text: string): never => {
    throw new GridError('invalid_argument', `connect: ${text}`);
  };
  for (const [what, value] of [['name', name], ['node', node]] as const) {
    const size = value === undefined ? 1 : encodeText(value).length;
    if (size < 1 || size > 255) wrong(`${what} must have 1 to 255 bytes, not ${size}`);
  }
  if (name !== undefined && node === undefined) wrong('node is missing: an end with a name says whom it wants to talk to');
  if (key && name === undefined) wrong('name is missing: a key is for ends with a name, a guest shows a token');
  if (token !== undefined && key) wrong('token and key are two ways to prove a name: give one');
  if (!/^wss?:\/\//.test(url)) wrong(`url must begin with ws:// or wss://, as "wss://host/grid/guest" does: ${JSON.stringify(url)}`);
  if (!WebSocket) wrong('there is no global WebSocket here: give one, as `WebSocket` of the package ws 8');
}

/** Ten random letters and digits. */
function label(): string {
  return [...random(10)].map((b) => 'abcdefghijklmnopqrstuvwxyz234567'[b & 31]).join('');
}

/** A name that no other end has: a random label before the name, as in "k3v5x2q7pa.tool". */
export const uniqueName = (name: string): string => `${label()}.${name}`;
