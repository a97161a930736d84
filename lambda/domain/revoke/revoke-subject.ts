import type { Deadline } from '../deadline.ts';
import type { Revocation } from '../record/describe-revocation.ts';
import type { SessionRevoked } from './log-out-and-record.ts';
import {
  type RequestRevocationDeps,
  requestRevocation,
  type UserRevocationRequest,
} from './request-revocation.ts';
import { type RevokeSessionDeps, type RevokeSessionRequest, revokeSession } from './revoke-session.ts';

/** A session by its access token, or every session of a user. */
export type SubjectRequest = RevokeSessionRequest | UserRevocationRequest;

export interface RevokeSubjectDeps {
  session: RevokeSessionDeps;
  user: RequestRevocationDeps;
}

export interface SubjectRevoked {
  revocation: Revocation;
  /** What this call did, if the subject is a session. */
  session?: Omit<SessionRevoked, 'revocation'>;
}

/** Revokes the subject. @throws DomainError as `revokeSession` and `requestRevocation` do */
export async function revokeSubject(
  deps: RevokeSubjectDeps,
  request: SubjectRequest,
  deadline: Deadline,
): Promise<SubjectRevoked> {
  if ('user' in request) return { revocation: await requestRevocation(deps.user, request, deadline) };
  const { revocation, ...session } = await revokeSession(deps.session, request, deadline);
  return { revocation, session };
}
