import type { RevocationList } from '../lambda/domain/record/list-revocations.ts';
import { call, denyStatements, idsIn, until } from './demo-calls.ts';
import type { ClaimThat } from './demo-claims.ts';
import type { LocalStack } from './stack.ts';

/** The portal may issue credentials for one more hour, and a role session lasts 12 hours at most. */
const LONGEST_LIFE = 13 * 60 * 60 * 1000;

/** Checks what the records say about Alice's role credentials, and about what she may still do. */
export async function whatStillLives(
  stack: LocalStack,
  claim: ClaimThat,
  userId: string,
  expiration: number,
) {
  const { body, revocation } = await until(async () => {
    const { body } = await call<RevocationList>(stack, 'GET', `/revocations?userId=${userId}`);
    const revocation = body.revocations.find(({ access }) => access?.status === 'COMPLETED');
    return revocation && { body, revocation };
  });
  const { access, roleSessions, requestedAt } = revocation;
  claim(
    'Her account assignment is taken away',
    `${access?.status}, ${access?.assignments.removed} removed`,
    access?.assignments.removed === 1,
  );
  const over = Date.parse(roleSessions.mayContinueUntil);
  const takenAt = over - LONGEST_LIFE;
  claim(
    'The record says how long role sessions may continue: an hour plus the longest role session, 13 hours',
    roleSessions.mayContinueUntil,
    takenAt >= Date.parse(requestedAt) && takenAt <= Date.now(),
  );
  claim(
    'Her earlier role credentials are still valid, but not longer than that',
    new Date(expiration).toISOString(),
    expiration > Date.now() && expiration <= over,
  );
  const { why, mayActUntil } = body.user ?? {};
  const bounds = body.revocations.map(({ roleSessions }) => roleSessions.mayContinueUntil);
  claim(
    'One answer covers all her revocations: she is removed, and no session of hers continues longer',
    `${why}, ${mayActUntil}`,
    why === 'removed' && bounds.includes(mayActUntil ?? ''),
  );
}

/** Checks the denials of both revocations: Alice was removed, and Bob may sign in again. */
export async function deniedRoleSessions(
  stack: LocalStack,
  claim: ClaimThat,
  aliceId: string,
  bobId: string,
) {
  const recordOf = (userId: string) =>
    until(async () => {
      const { body } = await call<RevocationList>(stack, 'GET', `/revocations?userId=${userId}`);
      return body.revocations.find(({ roleSessions }) => roleSessions.deniedAt !== null);
    });
  const [alice, bob] = await Promise.all([recordOf(aliceId), recordOf(bobId)]);
  const [removed, ...cutoffs] = await denyStatements(stack);
  claim(
    'A service control policy denies all role sessions of Alice',
    `${alice.roleSessions.deniedAt} to ${alice.roleSessions.deniedUntil}`,
    idsIn(removed).includes(aliceId),
  );
  const ofBob = cutoffs.find((statement) => idsIn(statement).includes(bobId));
  const issuedBefore = ofBob?.Condition.DateLessThan?.['aws:TokenIssueTime'] ?? '';
  // A policy has whole seconds, so the cutoff is the end of the second in which the request came.
  const afterRequest = Date.parse(issuedBefore) - Date.parse(bob.requestedAt);
  claim(
    'It only denies role sessions of Bob that were issued before his Logout: he may sign in again',
    issuedBefore,
    afterRequest >= 0 && afterRequest < 1_000,
  );
  const { status } = await call(stack, 'DELETE', `/deny-list/${bobId}`);
  const isLifted = await until(async () => {
    const statements = await denyStatements(stack);
    return statements.every((statement) => !idsIn(statement).includes(bobId)) || undefined;
  });
  claim('The denial of Bob is lifted', status, status === 202 && isLifted);
}
