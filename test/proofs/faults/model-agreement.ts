import type { Model } from './model.ts';
import { wronglyHeld } from './model-attackers.ts';
import type { System } from './system.ts';
import {
  deniedBy,
  disagreements,
  leftOvers,
  lostSessions,
  type Rows,
  untrueRecords,
  wrongCounts,
} from './system-claims.ts';
import { isAlive, isHeld } from './system-people.ts';
import { POLICY_IDS } from './system-surroundings.ts';

/** Where the system says otherwise than the model. */
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

/** After a reconcile: who is denied is so rightly, and nobody is missing. */
export function wronglyDenied(model: Model, { emulators: { organizations } }: System): string[] {
  const texts = POLICY_IDS.map((id) => organizations.contentOf(id));
  const denied = new Set(texts.flatMap(deniedBy).map((user) => user.split(' ')[0] ?? ''));
  const { must, may } = model.denied();
  return [
    ...[...must].filter((userId) => !denied.has(userId)).map((userId) => `${userId} is not denied`),
    ...[...denied].filter((userId) => !may.has(userId)).map((userId) => `${userId} is denied`),
  ];
}

/** Once nothing is left to do. */
export function unfinished(model: Model, system: System, rows: Rows): string[] {
  const mayBeHeld = model.sessions.filter(
    ({ acceptedAt, isMaybeHeld }) => acceptedAt !== undefined || isMaybeHeld,
  );
  return [
    ...wrongCounts(rows),
    ...disagreements(system, rows),
    ...leftOvers(rows, [...mayBeHeld, ...model.spoilt]),
  ];
}
