import { FENCE_PREFIX } from '../../../lambda/aws/token-cache/rows.ts';
import type { System } from './system.ts';
import { headersOf, millis, type Rows } from './system-claims.ts';
import { POLICY_IDS, type Row } from './system-surroundings.ts';

/** After a reconcile in calm: deny list, policies and records say the same. */
export function disagreements({ emulators: { organizations } }: System, rows: Rows): string[] {
  const now = Date.now();
  const inForce = rows.denyList.filter(({ denyUntil, liftedAt }) => millis(denyUntil) > now && !liftedAt);
  const wanted = [...Map.groupBy(inForce, ({ userId }) => String(userId))].map(([userId, entries]) => {
    const cutoffs = entries.flatMap(({ issuedBefore }) => (issuedBefore ? [millis(issuedBefore)] : []));
    const isRemoved = cutoffs.length < entries.length;
    return `${userId} ${isRemoved ? 'all' : Math.ceil(Math.max(...cutoffs) / 1000)}`;
  });
  const denied = POLICY_IDS.flatMap((id) => deniedBy(organizations.contentOf(id)));
  const policies =
    wanted.sort().join() === denied.sort().join() ? [] : [`denied: ${denied}; to be: ${wanted}`];
  const unsettled = rows.denyList.filter(
    ({ denyUntil, liftedAt, settled }) =>
      millis(denyUntil) > now && settled !== (liftedAt ? 'lifted' : 'denied'),
  );
  const headers = headersOf(rows);
  const untold = rows.denyList
    .filter(({ denyUntil }) => millis(denyUntil) > now)
    .filter(({ revocationId, denyUntil, liftedAt }) => {
      const told = Object(headers.find((header) => header.revocationId === revocationId)?.denied);
      return liftedAt ? told.notDenied !== 'lifted' : !told.deniedAt || told.deniedUntil !== denyUntil;
    });
  const missing = headers.filter(
    (header) =>
      header.denial === 'asked' &&
      header.completedAt &&
      // Of one session: ended by a worker, for somebody who had asked for more, crashed, and did not ask again.
      !header.sessionId &&
      !isBackSince(rows, header) &&
      !rows.denyList.some((entry) => entry.revocationId === header.revocationId),
  );
  return [
    ...policies,
    ...unsettled.map(({ revocationId, settled }) => `${revocationId} is settled as ${settled}`),
    ...untold.map(({ revocationId }) => `the record of ${revocationId} does not tell of its denial`),
    ...missing.map(({ revocationId }) => `${revocationId} is completed and not on the deny list`),
  ];
}

/** Who was let in again after that was asked for is not denied by it. */
function isBackSince({ cache }: Rows, { userId, requestedAt }: Row): boolean {
  const fence = cache.find((row) => row.userId === FENCE_PREFIX + userId);
  return fence?.loweredAt !== undefined && millis(fence.loweredAt) >= millis(requestedAt);
}

/** `<user id> all`, or with the cutoff in seconds. */
export function deniedBy(policy: string): string[] {
  const { Statement = [] } = JSON.parse(policy);
  return Statement.flatMap((statement: Row) => {
    const { StringEquals, DateLessThan } = Object(statement.Condition);
    const cutoff = DateLessThan ? millis(DateLessThan['aws:TokenIssueTime']) / 1000 : 'all';
    const ids: string[] = StringEquals['identitystore:UserId'];
    return ids.filter((id) => id !== 'nobody').map((id) => `${id} ${cutoff}`);
  });
}
