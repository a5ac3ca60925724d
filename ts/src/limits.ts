/** Limits bound what the other end can make this one hold. Bytes, counts and milliseconds. */
export interface Limits {
  /** The largest message that is taken: 32 MiB. */
  readonly message: number;
  /** What the other end may announce as its routes: 1 MiB. */
  readonly routes: number;
  /** From the dial to the welcome: 5 s. */
  readonly handshake: number;
  /** Handlers of calls at a time: 1,024. */
  readonly runningCalls: number;
  /** Streams that are served at a time: 16,384. */
  readonly openStreams: number;
  /** Chunks of large messages in flight towards this end: 2 MiB, at least 65,536. */
  readonly bulkWindow: number;
  /** What a stream may have unread at this end: 256 KiB. */
  readonly streamWindow: number;
  /** What all streams may have unread: 32 MiB. Past it opens are refused, and large messages wait. */
  readonly unread: number;
  /** Large messages that are being put together: 64 MiB. */
  readonly reassembly: number;
  /** Answers that wait to be written and cannot be merged: 1,024. */
  readonly owedAnswers: number;
  /** Refusals that wait to be written: 98,304. */
  readonly owedRefusals: number;
  /** Silence after which the other end is asked for a sign of life, and as long again until it is dead: 10 s. */
  readonly pingInterval: number;
  /** A call that says nothing else: 60 s. */
  readonly callTimeout: number;
  /** The first pause between attempts to connect, and the longest: 100 ms and 15 s. */
  readonly backoffMin: number;
  readonly backoffMax: number;
}

export const defaultLimits: Limits = {
  message: 32 << 20,
  routes: 1 << 20,
  handshake: 5_000,
  runningCalls: 1_024,
  openStreams: 16_384,
  bulkWindow: 2 << 20,
  streamWindow: 256 << 10,
  unread: 32 << 20,
  reassembly: 64 << 20,
  owedAnswers: 1_024,
  owedRefusals: 98_304,
  pingInterval: 10_000,
  callTimeout: 60_000,
  backoffMin: 100,
  backoffMax: 15_000,
};
