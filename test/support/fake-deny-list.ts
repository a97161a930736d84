import type { DenyEntry } from '../../lambda/domain/denial.ts';
import type { Denying } from '../../lambda/domain/role-sessions/deny-list.ts';
import type { Lifting } from '../../lambda/domain/role-sessions/lift.ts';
import type { DenyList } from '../../lambda/domain/stores.ts';
import { fakeWorld, type World } from './fakes.ts';

/** The deny list in memory, by the same contract as in DynamoDB. */
export function fakeDenyList(): DenyList {
  const rows = new Map<string, DenyEntry & { settledVersion?: string; shortened?: true }>();
  const keyOf = ({ userId, revocationId }: Pick<DenyEntry, 'userId' | 'revocationId'>) =>
    `${userId} ${revocationId}`;
  const versionOf = ({ until, lifted }: DenyEntry) => `${until.getTime()} ${lifted !== undefined}`;
  const all = () =>
    [...rows.values()].map(({ settled, settledVersion, shortened: _, ...entry }): DenyEntry => {
      return { ...entry, ...(settled && settledVersion === versionOf(entry) && { settled }) };
    });
  return {
    async enter(denial) {
      const standing = rows.get(keyOf(denial));
      if (standing && (standing.lifted || standing.shortened || standing.until >= denial.until)) return;
      const { issuedBefore: _, ...kept } = standing ?? {};
      rows.set(keyOf(denial), { ...kept, ...denial });
    },
    async shorten(denial) {
      const standing = rows.get(keyOf(denial));
      if (standing && !standing.lifted && standing.until > denial.until)
        rows.set(keyOf(denial), { ...standing, until: denial.until, shortened: true });
    },
    entriesOf: async (userId) => all().filter((entry) => entry.userId === userId),
    async lift(entry, lifted) {
      const standing = rows.get(keyOf(entry));
      if (standing && !standing.lifted) rows.set(keyOf(entry), { ...standing, lifted });
    },
    entries: async () => ({ entries: all(), unreadable: 0 }),
    async settle(entry, noted) {
      const standing = rows.get(keyOf(entry));
      if (!standing) return;
      const { deniedAt: _, letGoAt: __, deniedIssuedBefore: ___, ...kept } = standing;
      rows.set(keyOf(entry), { ...kept, ...noted, settledVersion: versionOf(entry) });
    },
  };
}

/** The ports for denying, in memory. `wakes` counts how often the reconciler was woken. */
export function fakeDenying(): Denying & Lifting & { list: DenyList; wakes: () => number } {
  let wakes = 0;
  const wake = async () => void wakes++;
  return { list: fakeDenyList(), reconciler: { wake }, wakes: () => wakes };
}

/** A world with a deny list. Its clock stands still until it is moved. */
export function denyingWorld(overrides: Partial<World> = {}) {
  let now = Date.UTC(2026, 0, 1);
  const clock = () => new Date(now);
  const denying = fakeDenying();
  const world = { ...fakeWorld(), clock, denying, lifting: denying, ...overrides };
  const entries = async () => (await denying.list.entries(new AbortController().signal)).entries;
  const pass = (hours: number) => {
    now += hours * 3_600_000;
  };
  return { world, denying, entries, wakes: denying.wakes, pass };
}
