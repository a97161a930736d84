import type { RemoveAccessJob } from '../../../../lambda/domain/access-job.ts';
import { CAUSES, isRemoval } from '../../../../lambda/domain/cause.ts';
import { DomainError } from '../../../../lambda/domain/errors.ts';
import { revokeUser } from '../../../../lambda/domain/revoke/revoke-user.ts';
import { ampleTime, fakeWorld } from '../../../support/fakes.ts';
import { ALICE, hold, someJob } from '../../../support/sessions.ts';
import { firstTime, signal } from './world.ts';

function askingWorld() {
  const sent: RemoveAccessJob[] = [];
  const accessQueue = { send: async (jobs: RemoveAccessJob[]) => void sent.push(...jobs) };
  return { ...fakeWorld(), accessQueue, sent };
}

test.each(CAUSES)(
  'a revocation with the cause %s asks for access to be removed only if it is a removal',
  async (cause) => {
    const world = askingWorld();
    const job = someJob({ cause });
    await revokeUser(world, job, ampleTime(), firstTime);
    const { revocationId, userId } = job;
    expect(world.sent).toEqual(
      isRemoval(cause) ? [{ kind: 'remove-access', revocationId, userId, cause }] : [],
    );
    const { header } = await world.records.read(revocationId, signal);
    expect(header?.access?.status).toBe(isRemoval(cause) ? 'PENDING' : undefined);
  },
);

test('in a stack without removeAccess, the record has no access', async () => {
  const job = someJob({ cause: 'disabled' });
  const world = fakeWorld();
  await revokeUser(world, job, ampleTime(), firstTime);
  expect((await world.records.read(job.revocationId, signal)).header).not.toHaveProperty('access');
});

test('a removal that could not ask for access to be removed is not complete, and its repetition asks', async () => {
  const world = askingWorld();
  await hold(world, ALICE, 'a token');
  const job = someJob({ cause: 'disabled' });
  const { send } = world.accessQueue;
  world.accessQueue.send = async () => Promise.reject(new DomainError('queue-unavailable', 'Away.'));
  await expect(revokeUser(world, job, ampleTime(), firstTime)).rejects.toMatchObject({
    code: 'queue-unavailable',
  });
  expect((await world.records.read(job.revocationId, signal)).header).not.toHaveProperty('completion');
  world.accessQueue.send = send;
  expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe('completed');
  expect(world.sent).toHaveLength(1);
});

test('a sign-out that turns out to be a removal asks, and its record has the access', async () => {
  const world = askingWorld();
  await hold(world, ALICE, 'a token');
  const job = someJob({ cause: 'signed-out' });
  const stuck = { ...world, tokenCache: { ...world.tokenCache, takeLease: async () => false } };
  expect(await revokeUser(stuck, job, ampleTime(), firstTime)).toBe('busy');
  expect(world.sent).toEqual([]);
  await revokeUser(world, { ...job, cause: 'deleted' }, ampleTime(), firstTime);
  expect(world.sent).toMatchObject([{ cause: 'deleted' }]);
  expect((await world.records.read(job.revocationId, signal)).header?.access?.status).toBe('PENDING');
});

test('once access is being removed, repeating the removal does not ask again', async () => {
  const world = askingWorld();
  const job = someJob({ cause: 'disabled' });
  const stuck = { ...world, tokenCache: { ...world.tokenCache, takeLease: async () => false } };
  await revokeUser(stuck, job, ampleTime(), firstTime);
  const { header } = await world.records.read(job.revocationId, signal);
  if (header?.access) Object.assign(header, { access: { ...header.access, status: 'IN_PROGRESS' } });
  await revokeUser(stuck, job, ampleTime(), firstTime);
  expect(world.sent).toHaveLength(1);
});
