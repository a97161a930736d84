import { isDeepStrictEqual } from 'node:util';
import { dynamoRevocationReader } from '../../../lambda/aws/records/reader.ts';
import { dynamoDenyList } from '../../../lambda/aws/role-sessions/deny-list.ts';
import { type AccessStatus, accessOf, grantKey, isOpen, rolesEndAt } from '../../../lambda/domain/access.ts';
import type { Recorded } from '../../../lambda/domain/stores.ts';
import type { Company, Person } from './access-people.ts';
import type { Surroundings } from './system-surroundings.ts';

const { signal } = new AbortController();
const AT_REST: AccessStatus[] = ['COMPLETED', 'INCOMPLETE', 'STOPPED', 'RESTORED', 'RESTORING'];

/** The records of each of a person's removals. */
export async function removalsOf(
  { tables }: Pick<Surroundings, 'tables'>,
  { removals }: Person,
): Promise<Recorded[]> {
  const { read } = dynamoRevocationReader(tables.client, tables.revocations);
  return Promise.all(removals.map((revocationId) => read(revocationId, signal)));
}

/** Records that are false once everything has come to rest: one sentence each. */
export function untrueAccess(company: Company, person: Person, removals: Recorded[]): string[] {
  const has = company.has(person.userId);
  // If a removal was stopped, a deletion may have been under way. The record has it as open.
  const removed = removals.flatMap(({ header, access }) =>
    access
      .filter((item) => item.state === 'REMOVED' || (header?.access?.status === 'STOPPED' && isOpen(item)))
      .map(({ grant }) => grantKey(grant)),
  );
  const missing = [...person.expected].filter((key) => !has.includes(key));
  // The memberships of a deleted user go with the user.
  const owed = missing.filter((key) => !(person.isDeleted && key.startsWith('MEMBERSHIP')));
  const kept = person.isSurelyOut ? has.filter((key) => !company.stays(key)) : [];
  return [
    ...removals.flatMap(untrueHeader),
    ...owed.filter((key) => !removed.includes(key)).map((key) => `${key} is gone and not on record`),
    ...kept.map((key) => `${key} is left to ${person.userId}, who was removed`),
    ...has.filter((key) => !person.expected.has(key)).map((key) => `${key} was never given`),
  ].map((claim) => `${person.userId}: ${claim}`);
}

function untrueHeader({ header, access: items }: Recorded): string[] {
  if (!header) return ['a removal has no header'];
  const { access, removedAt, revocationId } = header;
  // Before it began, the event turned out to be no removal.
  if (!access) return removedAt ? [`${revocationId} is a removal without access`] : [];
  const { status, takenAt } = access;
  const left = items.filter(({ state }) => state === 'LEFT').length;
  const isAll = status === 'COMPLETED';
  const open = items.filter(({ state }) => state !== 'REMOVED').length;
  return [
    ...unless(AT_REST.includes(status), `is ${status} at rest`),
    ...unless(!isAll || open === 0, `is COMPLETED with ${open} that are not removed`),
    ...unless(status !== 'INCOMPLETE' || left > 0, 'is INCOMPLETE with nothing left'),
    ...unless(isAll === (takenAt !== undefined), `is ${status}, taken at ${takenAt?.toISOString()}`),
    ...unless(isDeepStrictEqual(access, accessOf(status, items, takenAt)), 'counts otherwise than its items'),
  ].map((claim) => `${revocationId} ${claim}`);
}

/** A user without access: the denial must end when the record says. */
export async function longDenials(
  { tables }: Pick<Surroundings, 'tables'>,
  { userId }: Person,
  removals: Recorded[],
): Promise<string[]> {
  const entries = await dynamoDenyList(tables.client, tables.denyList).entriesOf(userId, signal);
  return removals.flatMap(({ header }) => {
    const entry = entries.find(({ revocationId }) => revocationId === header?.revocationId);
    const { takenAt } = header?.access ?? {};
    if (!header || !entry || entry.lifted || !takenAt) return [];
    const end = rolesEndAt(takenAt, header.maxRoleSessionSeconds);
    return unless(
      entry.until <= end,
      `the denial of ${header.revocationId} ends ${entry.until.toISOString()}`,
    );
  });
}

/** What differs after all removed access was restored. */
export function notRestored(company: Company, person: Person, removals: Recorded[]): string[] {
  const has = company.has(person.userId);
  const headers = removals.flatMap(({ header }) => header?.access ?? []);
  const open = headers.filter(({ status }) => status !== 'RESTORED');
  const expected = [...person.expected].sort();
  return [
    ...open.map(({ status }) => `${person.userId} is given back, and a removal is ${status}`),
    ...unless(
      isDeepStrictEqual(has, expected),
      `${person.userId} has ${has.join()} and is to have ${expected.join()}`,
    ),
  ];
}

function unless(holds: boolean, otherwise: string): string[] {
  return holds ? [] : [otherwise];
}
