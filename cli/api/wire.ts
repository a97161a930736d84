// What the API answers, as the functions that answer say it. Types only: nothing of them is in the command.
export type { Revocation } from '../../lambda/domain/record/describe-revocation.ts';
export type { RevocationList } from '../../lambda/domain/record/list-revocations.ts';
export type { RevocationPage } from '../../lambda/domain/record/read-revocation.ts';
export type { ListedSessions } from '../../lambda/domain/sessions/list-sessions.ts';

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
