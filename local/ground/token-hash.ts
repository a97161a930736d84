import { createHash } from 'node:crypto';

/** The only form in which a token may be written down. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
