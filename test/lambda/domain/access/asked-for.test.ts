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
  'a revocation of a user with the cause %s asks for access to be taken away if it is a removal',
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

test('in a stack that takes no access away, nothing of it is recorded', async () => {
  const job = someJob({ cause: 'disabled' });
  const world = fakeWorld();
  await revokeUser(world, job, ampleTime(), firstTime);
  expect((await world.records.read(job.revocationId, signal)).header).not.toHaveProperty('access');
});

test('a removal whose access could not be asked for is not complete: its repetition asks', async () => {
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

test('a sign-out that turns out to be a removal asks, and its record says so', async () => {
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

test('once access is being taken away, the repetition of the removal does not ask anew', async () => {
  const world = askingWorld();
  const job = someJob({ cause: 'disabled' });
  const stuck = { ...world, tokenCache: { ...world.tokenCache, takeLease: async () => false } };
  await revokeUser(stuck, job, ampleTime(), firstTime);
  const { header } = await world.records.read(job.revocationId, signal);
  if (header?.access) Object.assign(header, { access: { ...header.access, status: 'IN_PROGRESS' } });
  await revokeUser(stuck, job, ampleTime(), firstTime);
  expect(world.sent).toHaveLength(1);
});
