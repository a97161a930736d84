import { processMessage } from '../../../../lambda/domain/detect/process-message.ts';
import { DomainError } from '../../../../lambda/domain/errors.ts';
import type { LogoutFailed, Portal } from '../../../../lambda/domain/ports.ts';
import { readRevocation } from '../../../../lambda/domain/record/read-revocation.ts';
import { revokeUser } from '../../../../lambda/domain/revoke/revoke-user.ts';
import type { Watch } from '../../../../lambda/domain/watch.ts';
import {
  ampleTime,
  failed,
  fakePortal,
  fakeWorld,
  loggedOut,
  storeUnavailable,
  type World,
} from '../../../support/fakes.ts';
import { ALICE, hold, someJob } from '../../../support/sessions.ts';

const { signal } = new AbortController();
const firstTime = { lastAttempt: false };
const job = someJob();

function watching() {
  const seen: Parameters<Watch['rejected']>[0][] = [];
  return { seen, watch: { rejected: (session) => void seen.push(session), over: () => {} } satisfies Watch };
}

/** A portal that rejects one token in this way, and ends all other sessions. */
function rejecting(token: string, why: LogoutFailed['why']): Portal {
  const logout: Portal['logout'] = async (own) => (own.reveal() === token ? failed(why) : loggedOut);
  return { ...fakePortal(), logout };
}

test.each(['malformed-token', 'unknown-region'] as const)(
  'a session that the portal rejects as %s is FAILED at once, no longer held, and counted; the others end',
  async (why) => {
    const { seen, watch } = watching();
    const world = { ...fakeWorld(), portal: rejecting('bad', why), watch };
    const [sessionId] = await hold(world, ALICE, 'bad', 'good');
    expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe('completed');
    expect(world.cache.sessions).toEqual([]);
    expect(world.cache.notes).toEqual([]);
    const read = await readRevocation(world, job.revocationId, { limit: 9 }, ampleTime());
    expect(read).toMatchObject({
      status: 'FAILED',
      completedAt: null,
      sessions: { found: 2, loggedOut: 1, failed: 1 },
    });
    const rejected = read.outcomes.find((outcome) => outcome.sessionId === sessionId);
    expect(rejected).toMatchObject({ outcome: 'FAILED', error: 'Fake', attempts: 3 });
    expect(seen).toEqual([{ revocationId: job.revocationId, sessionId, error: 'Fake' }]);
  },
);

test('a session whose ciphertext belongs to another row is rejected for good', async () => {
  const { seen, watch } = watching();
  const world = { ...fakeWorld(), watch };
  await hold(world, ALICE, 'one');
  world.opener = { open: () => Promise.reject(new DomainError('ciphertext-invalid', 'no')) };
  expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe('completed');
  expect(world.cache.sessions).toEqual([]);
  expect(seen).toMatchObject([{ error: 'ciphertext-invalid' }]);
});

test.each(['throttled', 'unavailable'] as const)(
  'a session that fails as %s to the last attempt stays held and is not counted, because a redrive may end it',
  async (why) => {
    const { seen, watch } = watching();
    const world = { ...fakeWorld(), portal: rejecting('bad', why), watch };
    await hold(world, ALICE, 'bad');
    expect(await revokeUser(world, job, ampleTime(), { lastAttempt: true })).toBe('not-ended');
    expect(world.cache.sessions).toHaveLength(1);
    expect(seen).toEqual([]);
  },
);

test('the message of a rejected session is done, and neither the queue nor the sweep repeats it', async () => {
  const world = { ...fakeWorld(), portal: rejecting('bad', 'malformed-token') };
  await hold(world, ALICE, 'bad');
  const logout = jest.spyOn(world.portal, 'logout');
  for (const _delivery of [1, 2]) {
    const processed = await processMessage(world, JSON.stringify(job), ampleTime(), firstTime);
    expect(processed).toMatchObject({ kind: 'revoked' });
  }
  expect(logout).toHaveBeenCalledTimes(1);
  expect((await world.cache.begun(signal)).jobs).toEqual([]);
  const read = await readRevocation(world, job.revocationId, { limit: 9 }, ampleTime());
  expect(read.status).toBe('FAILED');
});

test('nothing is deleted or counted as rejected before its outcome is recorded', async () => {
  const { seen, watch } = watching();
  const base: World = { ...fakeWorld(), portal: rejecting('bad', 'malformed-token'), watch };
  await hold(base, ALICE, 'bad');
  const records = { ...base.records, putOutcomes: () => Promise.reject(storeUnavailable()) };
  const broken = revokeUser({ ...base, records }, job, ampleTime(), firstTime);
  await expect(broken).rejects.toMatchObject({ code: 'store-unavailable' });
  expect(base.cache.sessions).toHaveLength(1);
  expect(seen).toEqual([]);
  expect(await revokeUser(base, job, ampleTime(), firstTime)).toBe('completed');
  expect(seen).toHaveLength(1);
});

test('after a rejection and a temporary failure, only the temporary one is retried', async () => {
  const { seen, watch } = watching();
  const requests: string[] = [];
  let isDown = true;
  const portal: Portal = {
    ...fakePortal(),
    async logout(token) {
      requests.push(token.reveal());
      if (token.reveal() === 'bad') return failed('malformed-token');
      return isDown ? failed('unavailable') : loggedOut;
    },
  };
  const world = { ...fakeWorld(), portal, watch };
  await hold(world, ALICE, 'bad', 'good');
  expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe('not-ended');
  isDown = false;
  expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe('completed');
  expect(requests.toSorted()).toEqual(['bad', 'good', 'good']);
  const { header } = await world.records.read(job.revocationId, signal);
  expect(header?.completion?.sessions).toMatchObject({ found: 2, loggedOut: 1, failed: 1, pending: 0 });
  expect(seen).toHaveLength(1);
});
