import { FENCE_PREFIX, toFence } from '../../../lambda/aws/token-cache/rows.ts';
import type { Model } from './model.ts';
import { wronglyHeld } from './model-attackers.ts';
import type { System } from './system.ts';
import {
  leftOvers,
  lostSessions,
  openRevocations,
  type Rows,
  untrueRecords,
  wrongCounts,
} from './system-claims.ts';
import { deniedBy, disagreements } from './system-denials.ts';
import { isAlive, isHeld } from './system-people.ts';
import { POLICY_IDS } from './system-surroundings.ts';

/** All differences between system and model. */
export function differences(model: Model, system: System, rows: Rows): string[] {
  const { sessions } = model;
  const now = Date.now();
  const wrong = sessions.flatMap((session) => {
    const { sessionId, state, endsAt, acceptedAt } = session;
    const lives = isAlive(system, session);
    if (state === 'dead' && lives) return [`${sessionId} is to be dead and lives`];
    if (state !== 'alive' || now >= endsAt) return [];
    if (!lives) return [`${sessionId} was not revoked and is dead`];
    return acceptedAt !== undefined && !isHeld(rows.cache, session)
      ? [`${sessionId} was not revoked and is not held`]
      : [];
  });
  return [
    ...wrong,
    ...wronglyHeld(model, rows),
    ...untrueRecords(system, sessions, rows),
    ...lostSessions(sessions, rows),
  ];
}

/** After a reconcile: everybody in the policies must be denied, and nobody is missing. */
export function wronglyDenied(model: Model, system: System): string[] {
  const { all, some } = deniedNow(system);
  const { must, mustAll, may, mayAll } = model.denials.now();
  const missing = (wanted: Set<string>, denied: Set<string>) => [...wanted].filter((id) => !denied.has(id));
  return [
    ...missing(must, some).map((userId) => `${userId} is not denied`),
    ...missing(mustAll, all).map((userId) => `${userId} is not denied as removed`),
    ...missing(some, may).map((userId) => `${userId} is denied`),
    ...missing(all, mayAll).map((userId) => `${userId} is denied as removed`),
  ];
}

function deniedNow({ emulators: { organizations } }: System): { all: Set<string>; some: Set<string> } {
  const denied = POLICY_IDS.flatMap((id) => deniedBy(organizations.contentOf(id))).map((line) =>
    line.split(' '),
  );
  const idsOf = (lines: string[][]) => new Set(lines.map(([userId = '']) => userId));
  return { all: idsOf(denied.filter(([, cutoff]) => cutoff === 'all')), some: idsOf(denied) };
}

/**
 * After a sweep, its reports and a reconcile: a user whom the directory calls enabled may be neither denied nor fenced
 * as removed, even if an event was lost. Only the company's own event outweighs that for its hour.
 */
export function keptOut(model: Model, system: System, rows: Rows, sweptAt: number): string[] {
  const isIn = (userId: string) =>
    model.directory.isEnabled(userId) && !model.denials.isByCompany(userId, sweptAt);
  const longest = Date.now() / 1000 + 30;
  const fenced = rows.cache
    .filter((row) => isFence(row.userId) && Number(row.until) > longest && toFence(row))
    .map(({ userId }) => String(userId).slice(FENCE_PREFIX.length));
  return [
    ...[...deniedNow(system).all].filter(isIn).map((userId) => `${userId} is back and denied as removed`),
    ...fenced.filter(isIn).map((userId) => `${userId} is back and fenced`),
  ];
}

const isFence = (userId: unknown) => String(userId).startsWith(FENCE_PREFIX);

/** What is unfinished once nothing is left to do. */
export function unfinished(model: Model, system: System, rows: Rows): string[] {
  const mayBeHeld = model.sessions.filter(({ triedAt }) => triedAt !== undefined);
  return [
    ...wrongCounts(rows),
    ...disagreements(system, rows),
    ...leftOvers(rows, [...mayBeHeld, ...model.spoilt]),
    ...openRevocations(rows),
  ];
}
