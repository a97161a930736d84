import { revokeUser } from '../../../../lambda/domain/revoke/revoke-user.ts';
import type { RevocationOver } from '../../../../lambda/domain/watch.ts';
import { ampleTime, failed, fakePortal, fakeWorld, storeUnavailable } from '../../../support/fakes.ts';
import { ALICE, hold, someJob } from '../../../support/sessions.ts';

const firstTime = { lastAttempt: false };
const requestedAt = '2026-01-01T12:00:00.000Z';
const job = someJob({ requestedAt });

function watching(overrides: Partial<ReturnType<typeof fakeWorld>> = {}) {
  const seen: RevocationOver[] = [];
  const watch = { rejected: () => {}, over: (revocation: RevocationOver) => void seen.push(revocation) };
  const clock = () => new Date('2026-01-01T12:00:30Z');
  return { seen, world: { ...fakeWorld(), clock, ...overrides, watch } };
}

const told = {
  revocationId: job.revocationId,
  userId: ALICE,
  source: job.source,
  requestedAt: new Date(requestedAt),
};

test('a revocation that ended a session is reported over once, with its request time, and a redelivery does not repeat that', async () => {
  const { seen, world } = watching();
  await hold(world, ALICE, 'one');
  for (const _delivery of [1, 2]) await revokeUser(world, job, ampleTime(), firstTime);
  expect(seen).toEqual([{ ...told, status: 'COMPLETED', at: world.clock() }]);
});

test('a revocation that found no session is reported as NOTHING_HELD', async () => {
  const { seen, world } = watching();
  await revokeUser(world, job, ampleTime(), firstTime);
  expect(seen).toMatchObject([{ ...told, status: 'NOTHING_HELD' }]);
});

test('a revocation with a finally rejected session is reported as FAILED', async () => {
  const { seen, world } = watching({ portal: fakePortal(failed('malformed-token')) });
  await hold(world, ALICE, 'one');
  await revokeUser(world, job, ampleTime(), firstTime);
  expect(seen).toMatchObject([{ ...told, status: 'FAILED' }]);
});

test('a revocation that resists is reported only after its last attempt has failed', async () => {
  const { seen, world } = watching({ portal: fakePortal(failed('unavailable')) });
  await hold(world, ALICE, 'one');
  await revokeUser(world, job, ampleTime(), firstTime);
  expect(seen).toEqual([]);
  await revokeUser(world, job, ampleTime(), { lastAttempt: true });
  expect(seen).toMatchObject([{ ...told, status: 'FAILED' }]);
});

test('a revocation is reported over only after its completion is recorded', async () => {
  const { seen, world } = watching();
  await hold(world, ALICE, 'one');
  const records = { ...world.records, complete: () => Promise.reject(storeUnavailable()) };
  await expect(revokeUser({ ...world, records }, job, ampleTime(), firstTime)).rejects.toThrow();
  expect(seen).toEqual([]);
});
