import { FENCE_PREFIX } from '../../../lambda/aws/token-cache/rows.ts';
import { EVERYONE } from '../../../lambda/domain/denial.ts';
import type { System } from './system.ts';
import { headersOf, millis, type Rows } from './system-claims.ts';
import { POLICY_IDS, type Row } from './system-surroundings.ts';

/** After a reconcile without faults, deny list, policies and records must agree. */
export function disagreements({ emulators: { organizations } }: System, rows: Rows): string[] {
  const now = Date.now();
  const inForce = rows.denyList.filter(({ denyUntil, liftedAt }) => millis(denyUntil) > now && !liftedAt);
  const ofUsers = inForce.filter(({ userId }) => userId !== EVERYONE);
  const users = [...Map.groupBy(ofUsers, ({ userId }) => String(userId))].map(([userId, entries]) => {
    const cutoffs = entries.flatMap(({ issuedBefore }) => (issuedBefore ? [millis(issuedBefore)] : []));
    const isRemoved = cutoffs.length < entries.length;
    return `${userId} ${isRemoved ? 'all' : Math.ceil(Math.max(...cutoffs) / 1000)}`;
  });
  const wanted = [...users, ...wantedOfEveryone(inForce)];
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
      // Of one session: a worker ended it, for a caller who had asked for more, crashed, and did not repeat.
      !header.sessionId &&
      !isBackSince(rows, header) &&
      !rows.denyList.some((entry) => entry.revocationId === header.revocationId),
  );
  const uncovered = headers.filter(
    ({ denial, everyoneId }) =>
      denial === 'everyone' && !rows.denyList.some(({ revocationId }) => revocationId === everyoneId),
  );
  return [
    ...policies,
    ...unsettled.map(({ revocationId, settled }) => `${revocationId} is settled as ${settled}`),
    ...untold.map(({ revocationId }) => `the record of ${revocationId} does not tell of its denial`),
    ...uncovered.map(({ revocationId }) => `${revocationId} points to everyone, who is not on the deny list`),
    ...missing.map(({ revocationId }) => `${revocationId} is completed and not on the deny list`),
  ];
}

/** All except those that a later one covers without excepting anybody whom they deny. */
function wantedOfEveryone(inForce: Row[]): string[] {
  const all = inForce
    .filter(({ userId }) => userId === EVERYONE)
    .map(({ issuedBefore, excepted }) => ({
      cutoff: Math.ceil(millis(issuedBefore) / 1000),
      excepted: textsOf(excepted),
    }));
  const stricter = all.filter(({ cutoff, excepted }, index) =>
    all.every(
      (other, at) =>
        at === index ||
        other.cutoff < cutoff ||
        (other.cutoff === cutoff && at > index) ||
        other.excepted.some((id) => !excepted.includes(id)),
    ),
  );
  return stricter.map(({ cutoff, excepted }) => [EVERYONE, cutoff, ...excepted].join(' '));
}

function textsOf(list: unknown): string[] {
  return Array.isArray(list) ? list.map(String).sort() : [];
}

/** A user who was let in again since then is not denied by it. */
function isBackSince({ cache }: Rows, { userId, requestedAt }: Row): boolean {
  const fence = cache.find((row) => row.userId === FENCE_PREFIX + userId);
  return fence?.loweredAt !== undefined && millis(fence.loweredAt) >= millis(requestedAt);
}

/** `<user id> all`, or with the cutoff in seconds; `everyone`, the cutoff, and the excepted. */
export function deniedBy(policy: string): string[] {
  const { Statement = [] } = JSON.parse(policy);
  return Statement.flatMap((statement: Row) => {
    const { StringEquals, StringNotEquals, DateLessThan } = Object(statement.Condition);
    const cutoff = DateLessThan ? millis(DateLessThan['aws:TokenIssueTime']) / 1000 : 'all';
    if (!StringEquals) {
      const excepted = StringNotEquals?.['identitystore:UserId'];
      return [[EVERYONE, cutoff, ...textsOf(excepted)].join(' ')];
    }
    const ids: string[] = StringEquals['identitystore:UserId'];
    return ids.filter((id) => id !== 'nobody').map((id) => `${id} ${cutoff}`);
  });
}
