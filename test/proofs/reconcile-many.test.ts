import { randomUUID } from 'node:crypto';
import { dynamoRevocationRecords } from '../../lambda/aws/records/records.ts';
import { dynamoDenyList } from '../../lambda/aws/role-sessions/deny-list.ts';
import { atMost } from '../../lambda/domain/pace.ts';
import { proof } from '../support/proof.ts';
import { type RunningStack, start, until } from '../support/running-stack.ts';

/** More records than one run can update. */
const PEOPLE = 10_000;

const { signal } = new AbortController();
let running: RunningStack;

beforeAll(async () => {
  running = await start();
}, 60_000);
afterAll(() => running.close());

/** A removed user, as the worker leaves the rows to the reconciler. */
async function removed(n: number): Promise<void> {
  const [list, records] = [running.table('DenyList'), running.table('Records')];
  const [userId, at] = [randomUUID(), new Date()];
  const revocationId = `user.${String(n).padStart(43, '0')}`;
  const lifetimes = { portalSessionSeconds: 28_800, maxRoleSessionSeconds: 43_200 };
  const asked = { subject: { userId }, requestedBy: 'x', requestedAt: at };
  const header = { revocationId, ...asked, ...lifetimes, source: 'event', denial: 'asked' } as const;
  await dynamoRevocationRecords(running.dynamo, records, 400).putHeader(header, signal);
  const until = new Date(at.getTime() + 43_200_000);
  const denial = { userId, revocationId, cause: 'disabled', askedAt: at, until } as const;
  await dynamoDenyList(running.dynamo, list).enter(denial, signal);
}

const runs = (): { settled: number; unsettled: number; policiesUpdated: number }[] =>
  running.seen.filter((line) => line.includes('"reconciled"')).map((line) => JSON.parse(line));

proof(
  '10,000 outdated records are updated in several runs, each woken by the previous one, and no hop is refused',
  async (tally) => {
    await atMost(
      20,
      Array.from({ length: PEOPLE }, (_, n) => n),
      removed,
    );
    const schedule = running.stack.schedules.logicalIds.find((id) => id.includes('DenyList'));
    await running.stack.schedules.run(schedule ?? '');
    await until('all records are told', () => runs().at(-1)?.unsettled === 0, 180);
    tally.tried = PEOPLE;
    tally.lost = PEOPLE - runs().reduce((sum, { settled }) => sum + settled, 0);
    process.stdout.write(
      `${JSON.stringify(runs().map(({ settled, unsettled }) => ({ settled, unsettled })))}\n`,
    );
    expect(runs().length).toBeGreaterThan(1);
    expect(runs().map(({ policiesUpdated }) => policiesUpdated > 0)).toEqual(runs().map((_, n) => n === 0));
    expect(running.seen.filter((line) => /stopped in a loop|"level":"ERROR"/.test(line))).toEqual([]);
  },
);
