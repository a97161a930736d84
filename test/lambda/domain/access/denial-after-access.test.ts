import { accessOf } from '../../../../lambda/domain/access.ts';
import type { Cause } from '../../../../lambda/domain/cause.ts';
import { headerOf } from '../../../../lambda/domain/job.ts';
import type { RevocationHeader } from '../../../../lambda/domain/revocation.ts';
import { begin } from '../../../../lambda/domain/revoke/begin.ts';
import { fakeDenying } from '../../../support/fake-deny-list.ts';
import { fakeCache, fakeRecords } from '../../../support/fakes.ts';
import { ALICE, someJob } from '../../../support/sessions.ts';

// A removal begins anew with each attempt at its sessions, also after access was taken away.

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

test('access is asked for once the denial is entered: whoever takes it away finds what to shorten', async () => {
  const { order, until } = await begun(undefined);
  expect(order).toEqual(['denied', 'asked']);
  expect(until).toEqual(new Date(askedAt.getTime() + 20 * HOUR));
});

test('once access is taken away it is not asked for again, and nothing makes the denial longer again', async () => {
  const { order, denying } = await begun(undefined);
  expect(order).toEqual(['denied', 'asked']);
  const until = new Date(askedAt.getTime() + 13 * HOUR);
  await denying.list.shorten({ userId: ALICE, revocationId: job.revocationId, until }, signal);
  const again = await begun({ access: accessOf('COMPLETED', [], askedAt) }, denying);
  expect(again).toMatchObject({ order: ['denied'], until });
});

test('a removal that a version began that took no access away is recorded as one that does', async () => {
  const { order, access } = await begun({});
  expect(order).toEqual(['denied', 'asked']);
  expect(access?.status).toBe('PENDING');
});

test('where the user is back before a crashed attempt came to ask, it is asked for all the same: the record waits for it', async () => {
  const { order } = await begun({ access: accessOf('PENDING', []) }, fakeDenying(), 'signed-out');
  expect(order).toEqual(['denied', 'asked']);
});

test('for somebody who was only signed out, it is not', async () => {
  expect((await begun(undefined, fakeDenying(), 'signed-out')).order).toEqual(['denied']);
});
