import type { AboutUser } from '../../lambda/domain/record/about-user.ts';
import type { Revocation } from '../../lambda/domain/record/describe-revocation.ts';

export type { AboutUser, Revocation };

/** `GET /revocations/{revocationId}`. */
export interface RevocationPage extends Revocation {
  readonly outcomes: readonly OutcomeRow[];
  readonly nextCursor?: string;
  readonly accessItems?: readonly Readonly<Record<string, string>>[];
}

export interface OutcomeRow {
  readonly sessionId: string;
  readonly outcome: string;
  readonly at: string;
  readonly attempts: number;
  readonly error?: string;
}

/** `GET /revocations?userId=`. */
export interface RevocationList {
  readonly user?: AboutUser;
  readonly revocations: readonly Revocation[];
  readonly nextCursor?: string;
}

/** `GET /sessions?userId=`. */
export interface SessionList {
  readonly sessions: readonly SessionRow[];
  readonly nextCursor?: string;
}

export interface SessionRow {
  readonly sessionId: string;
  readonly region?: string;
  readonly registeredAt: string;
  readonly expiresAt: string;
}

/** `PUT /sessions`. */
export interface Registered {
  readonly sessionId: string;
  readonly userId: string;
  readonly expiresAt: string;
  readonly refreshable: boolean;
}

/** `DELETE /deny-list/…`. */
export interface Lifted {
  readonly userId?: string;
  readonly denialsLifted: number;
  readonly deniedAsEveryoneUntil?: string;
}
