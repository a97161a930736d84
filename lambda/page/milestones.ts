import type { Revocation } from '../domain/record/describe-revocation.ts';
import type { RevocationPage } from '../domain/record/read-revocation.ts';
import { kindOf } from './verdict.ts';

/** A point of the timeline. */
export interface Milestone {
  name: string;
  /** ISO 8601 in UTC; absent if it did not happen. */
  at?: string;
  /** The words in place of a time. */
  instead?: string;
}

/** From the request to the time when nothing can be alive any more. Points without a time stand before those still to come. */
export function milestonesOf(revocation: RevocationPage, now: Date): Milestone[] {
  const { requestedAt, roleSessions, subject } = revocation;
  const happened = [endedOf(revocation), accessOf(revocation), ...deniedOf(revocation)].filter(
    (milestone) => milestone !== undefined,
  );
  // Nobody has this user name, so there is no such time.
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

// Texts in ISO 8601 and UTC sort by time.
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
  // An earlier revocation of the user may have denied them already. Then the time of this request counts.
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
