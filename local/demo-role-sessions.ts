import type { RevocationList } from '../lambda/domain/record/list-revocations.ts';
import { call, denyStatements, idsIn, until } from './demo-calls.ts';
import type { ClaimThat } from './demo-claims.ts';
import type { LocalStack } from './stack.ts';

/** A portal session of 8 hours, and a role session of 12 that it handed out last. */
const LONGEST_LIFE = 20 * 60 * 60 * 1000;

/** What the records say of the role credentials that Alice had, and of all that she may still do. */
export async function whatStillLives(
  stack: LocalStack,
  claim: ClaimThat,
  userId: string,
  expiration: number,
) {
  const { body } = await call<RevocationList>(stack, 'GET', `/revocations?userId=${userId}`);
  const revocation = body.revocations.find(({ source }) => source === 'event');
  const until = Date.parse(revocation?.roleSessions.mayContinueUntil ?? '');
  const removedAt = until - LONGEST_LIFE;
  const [from, to] = [revocation?.requestedAt, revocation?.completedAt].map((at) => Date.parse(at ?? ''));
  claim(
    'What may still live is said: portal session and role session from the removal, 20 hours',
    new Date(until).toISOString(),
    removedAt >= Number(from) && removedAt <= Number(to),
  );
  claim(
    'Her earlier role credentials indeed live on, but not longer',
    new Date(expiration).toISOString(),
    expiration > Date.now() && expiration <= until,
  );
  const { why, mayActUntil } = body.user ?? {};
  const bounds = body.revocations.map(({ roleSessions }) => roleSessions.mayContinueUntil);
  claim(
    'One answer over all her revocations: removed, and nothing of hers lives longer',
    `${why}, ${mayActUntil}`,
    why === 'removed' && bounds.includes(mayActUntil ?? ''),
  );
}

/** Both revocations have asked for a denial: Alice was removed, Bob may sign in again. */
export async function deniedRoleSessions(
  stack: LocalStack,
  claim: ClaimThat,
  aliceId: string,
  bobId: string,
) {
  const recordOf = (userId: string) =>
    until(async () => {
      const { body } = await call<RevocationList>(stack, 'GET', `/revocations?userId=${userId}`);
      return body.revocations.find(({ roleSessions }) => roleSessions.deniedAt !== null)?.roleSessions;
    });
  const [alice, bob] = await Promise.all([recordOf(aliceId), recordOf(bobId)]);
  const [removed, ...cutoffs] = await denyStatements(stack);
  claim(
    'A service control policy denies the role sessions of Alice, whenever issued',
    `${alice.deniedAt} to ${alice.deniedUntil}`,
    idsIn(removed).includes(aliceId),
  );
  const ofBob = cutoffs.find((statement) => idsIn(statement).includes(bobId));
  const issuedBefore = ofBob?.Condition.DateLessThan?.['aws:TokenIssueTime'] ?? '';
  claim(
    'and those of Bob that were issued before his Logout: he may sign in again',
    issuedBefore,
    Date.parse(issuedBefore) <= Date.parse(bob.deniedAt ?? ''),
  );
  const { status } = await call(stack, 'DELETE', `/deny-list/${bobId}`);
  const isLifted = await until(async () => {
    const statements = await denyStatements(stack);
    return statements.every((statement) => !idsIn(statement).includes(bobId)) || undefined;
  });
  claim('The denial of Bob is lifted', status, status === 202 && isLifted);
}
