import type { Revocation } from '../domain/record/describe-revocation.ts';
import type { RevocationPage } from '../domain/record/read-revocation.ts';
import { kindOf } from './verdict.ts';

/** A point of the timeline. */
export interface Milestone {
  name: string;
  /** ISO 8601 in UTC; absent of what did not happen. */
  at?: string;
  /** What stands in place of a time. */
  instead?: string;
}

/** From the request to the time when nothing may live any more. What has no time stands before what is still to come. */
export function milestonesOf(revocation: RevocationPage, now: Date): Milestone[] {
  const { requestedAt, roleSessions, subject } = revocation;
  const happened = [endedOf(revocation), accessOf(revocation), ...deniedOf(revocation)].filter(
    (milestone) => milestone !== undefined,
  );
  // Nobody knows whose sessions they would be.
  const over =
    'userName' in subject ? [] : [{ name: 'Nothing lives any more', at: roleSessions.mayContinueUntil }];
  const known = [...happened, ...over].filter(({ at }) => at !== undefined).sort(byTime);
  const open = happened.filter(({ at }) => at === undefined);
  const isOver = ({ at = '' }: Milestone) => at <= now.toISOString();
  return [
    { name: 'Asked for', at: requestedAt },
    ...known.filter(isOver),
    ...open,
    ...known.filter((milestone) => !isOver(milestone)),
  ];
}

// In this form, later is greater.
function byTime({ at: one = '' }: Milestone, { at: other = '' }: Milestone): number {
  return one < other ? -1 : 1;
}

function endedOf({ subject, status, completedAt }: Revocation): Milestone | undefined {
  if (kindOf(subject) === 'assignment') return undefined;
  const nothing = status === 'NOTHING_HELD';
  if (completedAt !== null)
    return { name: nothing ? 'Looked: none held' : 'Sessions ended', at: completedAt };
  return { name: 'Sessions ended', instead: status === 'IN_PROGRESS' ? 'not yet' : 'not all' };
}

function deniedOf({ roleSessions, requestedAt }: Revocation): Milestone[] {
  const { deniedAt, deniedUntil, notDenied } = roleSessions;
  const name = 'Role sessions denied';
  // What was denied by an earlier revocation of the user is denied from the request on.
  const denied = deniedAt === null ? [] : [{ name, at: deniedAt < requestedAt ? requestedAt : deniedAt }];
  if (notDenied === 'lifted' && deniedUntil !== undefined && deniedAt !== null)
    return [...denied, { name: 'Denial lifted', at: deniedUntil }];
  if (notDenied !== undefined) return [{ name, instead: notDenied === 'pending' ? 'not yet' : 'no' }];
  return deniedUntil === undefined ? denied : [...denied, { name: 'Denial ends', at: deniedUntil }];
}

function accessOf({ access, accessItems = [] }: RevocationPage): Milestone | undefined {
  if (access?.status !== 'COMPLETED') return undefined;
  const last = accessItems
    .filter(({ state }) => state === 'REMOVED')
    .map(({ at }) => at)
    .sort()
    .at(-1);
  return last === undefined ? undefined : { name: 'Access taken away', at: last };
}
