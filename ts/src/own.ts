/**
 * Payloads that the runtime has put together in memory of their own and gives away with
 * their decoding: what is read of them need not be copied.
 */
export const given: WeakSet<Uint8Array> = /* @__PURE__ */ new WeakSet();
