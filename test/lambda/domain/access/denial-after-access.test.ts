import { accessOf } from '../../../../lambda/domain/access.ts';
import type { Cause } from '../../../../lambda/domain/cause.ts';
import { headerOf } from '../../../../lambda/domain/job.ts';
import type { RevocationHeader } from '../../../../lambda/domain/revocation.ts';
import { begin } from '../../../../lambda/domain/revoke/begin.ts';
import { fakeDenying } from '../../../support/fake-deny-list.ts';
import { fakeCache, fakeRecords } from '../../../support/fakes.ts';
import { ALICE, someJob } from '../../../support/sessions.ts';

// Each attempt at a removal's sessions starts the removal again, also after access was removed.

const { signal } = new AbortController();
const HOUR = 3_600_000;
const askedAt = new Date('2026-01-01T00:00:00Z');
const job = someJob({ cause: 'disabled', requestedAt: askedAt.toISOString() });
const lifetimes = { portalSessionSeconds: 28_800, maxRoleSessionSeconds: 43_200 };

async function begun(
  standing: Partial<RevocationHeader> | undefined,
  denying = fakeDenying(),
  cause: Cause = 'disabled',
) {
  const records = fakeRecords();
  const header = standing && { ...headerOf(job, lifetimes, 'asked'), removedAt: askedAt, ...standing };
  if (header) await records.putHeader(header, signal);
  const order: string[] = [];
  const { enter } = denying.list;
  denying.list.enter = async (...args) => {
    await enter(...args);
    order.push('denied');
  };
  const deps = {
    ...{ ...lifetimes, records, denying, tokenCache: fakeCache(), clock: () => askedAt },
    accessQueue: { send: async () => void order.push('asked') },
  };
  expect((await begin(deps, { ...job, cause }, header, signal)).failures).toEqual([]);
  const [entry] = await denying.list.entriesOf(ALICE, signal);
  const { header: now } = await records.read(job.revocationId, signal);
  return { until: entry?.until, order, denying, access: now?.access };
}

test('access is asked for after the denial is entered, so that the removal of access finds the denial to shorten', async () => {
  const { order, until } = await begun(undefined);
  expect(order).toEqual(['denied', 'asked']);
  expect(until).toEqual(new Date(askedAt.getTime() + 20 * HOUR));
});

test('once access is removed, it is not asked for again, and the shortened denial stays short', async () => {
  const { order, denying } = await begun(undefined);
  expect(order).toEqual(['denied', 'asked']);
  const until = new Date(askedAt.getTime() + 13 * HOUR);
  await denying.list.shorten({ userId: ALICE, revocationId: job.revocationId, until }, signal);
  const again = await begun({ access: accessOf('COMPLETED', [], askedAt) }, denying);
  expect(again).toMatchObject({ order: ['denied'], until });
});

test('a removal that an earlier version began without access is recorded with access', async () => {
  const { order, access } = await begun({});
  expect(order).toEqual(['denied', 'asked']);
  expect(access?.status).toBe('PENDING');
});

test('if the user is back before a crashed attempt asked, it still asks, because the record waits for it', async () => {
  const { order } = await begun({ access: accessOf('PENDING', []) }, fakeDenying(), 'signed-out');
  expect(order).toEqual(['denied', 'asked']);
});

test('a sign-out does not ask for access to be removed', async () => {
  expect((await begun(undefined, fakeDenying(), 'signed-out')).order).toEqual(['denied']);
});
