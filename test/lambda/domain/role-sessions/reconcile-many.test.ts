import { DomainError } from '../../../../lambda/domain/errors.ts';
import {
  type ReconcileDeps,
  reconcileDenyList,
} from '../../../../lambda/domain/role-sessions/reconcile-deny-list.ts';
import { fakeDenyList } from '../../../support/fake-deny-list.ts';
import { fakeRecords, storeUnavailable } from '../../../support/fakes.ts';

const { signal } = new AbortController();
const NOW = new Date('2026-01-01T12:00:00Z');
const UNTIL = new Date('2026-01-02T00:00:00Z');
const RUN_MILLIS = 30_000;

/** So many removed people with their records. Writing a record takes so many milliseconds of the run. */
async function given(people: number, millisEach: number) {
  let left = RUN_MILLIS;
  const list = fakeDenyList();
  const records = fakeRecords();
  for (let n = 0; n < people; n += 1) {
    const userId = `0a1b2c3d-1111-4222-8333-${String(n).padStart(12, '0')}`;
    const revocationId = `user.${n}`;
    await list.enter({ userId, revocationId, cause: 'disabled', askedAt: NOW, until: UNTIL }, signal);
    const header = { revocationId, subject: { userId }, source: 'event', requestedBy: 'x', requestedAt: NOW };
    const lifetimes = { portalSessionSeconds: 1, maxRoleSessionSeconds: 1 };
    await records.putHeader({ ...header, source: 'event', ...lifetimes, denial: 'asked' }, signal);
  }
  const texts = new Map([['p-1', '{}']]);
  const writes: string[] = [];
  const wake = jest.fn(async () => {});
  const deps: ReconcileDeps = {
    clock: () => NOW,
    list,
    records: {
      async putDenied(...args) {
        left -= millisEach;
        return records.putDenied(...args);
      },
    },
    reconciler: { wake },
    policies: {
      read: async (id) => texts.get(id) ?? '',
      async write(id, text) {
        writes.push(id);
        texts.set(id, text);
      },
    },
    policyIds: ['p-1'],
    policyCharacters: 10_240,
    adopted: false,
    pause: async () => {},
  };
  const run = async (more: Partial<ReconcileDeps> = {}, millis = RUN_MILLIS) => {
    left = millis;
    const reconciled = await reconcileDenyList({ ...deps, ...more }, { signal, remainingMillis: () => left });
    return { ...reconciled, millisLeft: left };
  };
  return { deps, list, wake, writes, run };
}

test('10,000 records are written in runs of some seconds, each woken by the previous one, after the policies', async () => {
  const { run, wake, writes, list } = await given(10_000, 5);
  const runs = [];
  do {
    wake.mockClear();
    runs.push(await run());
  } while (wake.mock.calls.length > 0);
  expect(runs).toHaveLength(5);
  for (const { settled, millisLeft, failure } of runs) {
    expect(settled).toBe(2_000);
    // A new denial waits no longer than this.
    expect(millisLeft).toBeGreaterThanOrEqual(RUN_MILLIS - 10_000);
    expect(failure).toBeUndefined();
  }
  expect(runs.map(({ unsettled }) => unsettled)).toEqual([8_000, 6_000, 4_000, 2_000, 0]);
  expect(writes).toEqual(['p-1']);
  const { entries } = await list.entries(signal);
  expect(entries.filter(({ settled }) => settled === undefined)).toEqual([]);
}, 30_000);

test('a user who is denied while records are outdated is in the policy after the next run, before any record', async () => {
  const { run, deps, list, writes } = await given(30, 1_000);
  expect(await run()).toMatchObject({ settled: 10, unsettled: 20 });
  await list.enter({ userId: 'newcomer', revocationId: 'new', cause: 'disabled', until: UNTIL }, signal);
  const toldAfterWriting: boolean[] = [];
  const putDenied: ReconcileDeps['records']['putDenied'] = async (...args) => {
    toldAfterWriting.push(writes.length === 2);
    return deps.records.putDenied(...args);
  };
  await run({ records: { putDenied } });
  expect(toldAfterWriting).toContain(true);
  expect(toldAfterWriting).not.toContain(false);
});

test.each([
  ['there was no time for any record: the schedule sees to them', 20, {}, 5_000],
  ['all are told', 5, {}, RUN_MILLIS],
  ['no revocation has a record yet', 20, { records: { putDenied: async () => false } }, RUN_MILLIS],
])('the reconciler does not wake itself if %s', async (_name, people, more, millis) => {
  const { run, wake } = await given(people, 100);
  expect((await run(more, millis)).failure).toBeUndefined();
  expect(wake).not.toHaveBeenCalled();
});

test('if a record fails, the message is retried, and the reconciler does not wake itself', async () => {
  const { run, wake, deps } = await given(40, 1_000);
  let told = 0;
  const putDenied: ReconcileDeps['records']['putDenied'] = async (...args) => {
    if (told++ === 3) throw storeUnavailable();
    return deps.records.putDenied(...args);
  };
  const { settled, unsettled, failure } = await run({ records: { putDenied } });
  expect(settled + unsettled).toBe(40);
  expect(failure).toMatchObject({ code: 'store-unavailable' });
  expect(wake).not.toHaveBeenCalled();
});

test('if the queue refuses the message, the run fails, and its written records stay', async () => {
  const { run } = await given(40, 1_000);
  const wake = () => Promise.reject(new DomainError('queue-unavailable', 'down'));
  const reconciled = await run({ reconciler: { wake } });
  expect(reconciled).toMatchObject({ usersDenied: 40, settled: 10, failure: { code: 'queue-unavailable' } });
});
