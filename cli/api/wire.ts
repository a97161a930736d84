// The types of the API's answers, from the functions that answer. They are types only, so the command contains none of that code.
export type { Revocation } from '../../lambda/domain/record/describe-revocation.ts';
export type { RevocationList } from '../../lambda/domain/record/list-revocations.ts';
export type { RevocationPage } from '../../lambda/domain/record/read-revocation.ts';
export type { ListedSessions } from '../../lambda/domain/sessions/list-sessions.ts';

/** The answer of `PUT /sessions`. */
export interface Registered {
  readonly sessionId: string;
  readonly userId: string;
  readonly expiresAt: string;
  readonly refreshable: boolean;
}

/** The answer of `DELETE /deny-list/…`. */
export interface Lifted {
  readonly userId?: string;
  readonly denialsLifted: number;
  readonly deniedAsEveryoneUntil?: string;
}
