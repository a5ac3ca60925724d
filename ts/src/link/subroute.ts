import { GridError } from '../errors.ts';

/** Joins the parts of a subroute as they are on the wire. */
export function joinSubroute(parts: readonly string[]): string {
  for (const part of parts) {
    if (part === '') throw new GridError('invalid_argument', 'a part of a subroute is empty: give it a name, or leave it out', { outcome: 'not sent' });
    if (part.includes('/')) throw new GridError('invalid_argument', `the part ${JSON.stringify(part)} of a subroute holds "/", which stands between parts`, { outcome: 'not sent' });
  }
  return parts.join('/');
}
