import type { Method } from '../contract.ts';
import { DeclaredError, GridError, type Outcome } from '../errors.ts';
import type { Failure } from '../wire/frames.ts';

const none = /* @__PURE__ */ new Uint8Array(0);

/** The error that a failure is, for who called the method: a declared one where both ends know it. */
export function errorOf(f: Failure, method: Method): GridError {
  const options = { outcome: f.outcome, remote: true };
  const declared = f.detail.length > 0 ? method.errors?.find((e) => e.code === f.code) : undefined;
  if (declared) {
    try {
      return declared.decode(f.detail, f.text, options);
    } catch (cause) {
      return new GridError(f.code, `${f.text} (its fields cannot be decoded)`, { ...options, cause });
    }
  }
  return new GridError(f.code, f.text, options);
}

/** The same error about a call of which more is known: what arose before it was sent, say. */
export function withOutcome(e: unknown, outcome: Outcome): GridError {
  if (!(e instanceof GridError)) return new GridError('internal', String(e), { outcome, cause: e });
  return e.outcome === outcome ? e : new GridError(e.code, e.text, { outcome, remote: e.remote, cause: e.cause });
}

/** What cannot be encoded is said with the place where it was tried. */
export const unencodable = (what: string, e: unknown): GridError =>
  new GridError(e instanceof GridError ? e.code : 'invalid_argument', `${what} cannot be encoded: ${textOf(e)}`, { outcome: 'not sent', cause: e });

export const undecodable = (what: string, e: unknown, outcome: Outcome): GridError =>
  new GridError('invalid_argument', `${what} cannot be decoded: ${textOf(e)}`, { outcome, cause: e });

/** What an error says, of which nothing is known. */
export function textOf(e: unknown): string {
  return e instanceof GridError ? e.text : e instanceof Error ? e.message : String(e);
}

const standard = new Set([
  'canceled', 'deadline_exceeded', 'already_registered', 'invalid_argument', 'not_found', 'permission_denied',
  'unauthenticated', 'resource_exhausted', 'too_large', 'unavailable', 'unimplemented', 'internal',
]);
const ofLinks = new Set(['disconnected', 'unknown_handler', 'incompatible']);

/** Unimplemented marks errors for which nothing was done, though a method was entered. */
export const refusals: WeakSet<GridError> = new WeakSet();

/** What a handler throws to say that it does not implement its method. */
export function unimplemented(method: string): GridError {
  const e = new GridError('unimplemented', `handler ${method} is not implemented here`);
  refusals.add(e);
  return e;
}

/**
 * What the caller is told of what a handler threw. A declared error keeps its fields,
 * a GridError its code and text, unless its code speaks of a connection, which would
 * be misread as the caller's own. The rest could hold anything, and stays here.
 */
export function failureOf(e: unknown, method: Method, report: (e: unknown, method: string) => void): Failure {
  if (e instanceof DeclaredError && method.errors?.some((t) => t.code === e.code)) {
    try {
      return { outcome: 'ran', code: e.code, text: e.text, detail: e.encode() };
    } catch (cause) {
      report(cause, method.name);
      return { outcome: 'ran', code: 'internal', text: 'an error of the handler cannot be encoded', detail: none };
    }
  }
  if (e instanceof GridError) {
    if (refusals.has(e)) return { outcome: 'rejected', code: e.code, text: e.text, detail: none };
    if (ofLinks.has(e.code)) return { outcome: 'ran', code: 'unavailable', text: `a call made by the handler failed: ${e.code}`, detail: none };
    if (standard.has(e.code)) return { outcome: 'ran', code: e.code, text: e.text, detail: none };
  }
  report(e, method.name);
  return { outcome: 'ran', code: 'internal', text: 'internal error', detail: none };
}
