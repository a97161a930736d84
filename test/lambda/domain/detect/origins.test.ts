import { CAUSES } from '../../../../lambda/domain/cause.ts';
import { type Origin, processMessage } from '../../../../lambda/domain/detect/process-message.ts';
import { DomainError } from '../../../../lambda/domain/errors.ts';
import { derivedId } from '../../../../lambda/domain/ids.ts';
import { apiCallEvent, USER_ID, userRemovedEvent } from '../../../support/events.ts';
import { fakeDenying } from '../../../support/fake-deny-list.ts';
import { ampleTime, fakeWorld, type World } from '../../../support/fakes.ts';
import { hold, someJob, someTokens } from '../../../support/sessions.ts';

const { signal } = new AbortController();
const firstTime = { lastAttempt: false };
const everyoneId = derivedId('everyone', 'x');
const ofUser = someJob({ userId: USER_ID });
const ofOne = { ...ofUser, everyoneId };
const { cause: _, ...withoutCause } = ofUser;

/** The outcome of a message from this queue. */
async function outcomeOf(origin: Origin, message: unknown): Promise<string> {
  const denying = fakeDenying();
  const world: World = { ...fakeWorld(), origin, denying };
  await hold(world, USER_ID, 'one');
  try {
    return (await processMessage(world, JSON.stringify(message), ampleTime(), firstTime)).kind;
  } catch (error) {
    // A refused message has changed nothing.
    expect(world.cache.sessions).toHaveLength(1);
    expect([world.cache.fences.size, world.cache.notes, world.queue.jobs]).toEqual([0, [], []]);
    expect((await denying.list.entries(signal)).entries).toEqual([]);
    return error instanceof DomainError ? error.code : 'defect';
  }
}

const NO = 'message-malformed';

test.each<[string, unknown, string, string]>([
  ['a job of a user', ofUser, 'revoked', NO],
  ['a removal of a user', { ...ofUser, cause: 'deleted' }, 'revoked', NO],
  [
    'a job of a user that says its cause as it was said before',
    { ...withoutCause, deleted: true },
    'revoked',
    NO,
  ],
  ['a job with an id of before ids had kinds', { ...ofUser, revocationId: 'r'.repeat(43) }, 'revoked', NO],
  ['a job of everyone', { ...ofUser, kind: 'revoke-everyone', revocationId: everyoneId }, NO, 'fanned-out'],
  ['a job of one of everyone', ofOne, NO, 'revoked'],
  ['a removal that says it is one of everyone', { ...ofOne, cause: 'deleted' }, NO, NO],
  ['an event', apiCallEvent('identitystore', 'DeleteUser', { userId: USER_ID }), 'revoked', NO],
  ['an event of our own', userRemovedEvent({ userId: USER_ID }), 'revoked', NO],
  ['an event that removes nobody', apiCallEvent('identitystore', 'CreateUser', {}), 'ignored', NO],
  ['a report', { kind: 'gone', userId: USER_ID, at: '2026-01-01T00:00:00.000Z' }, NO, NO],
  ['nothing that anybody sends', { no: 'event' }, NO, NO],
])(
  '%s: the queue of removals makes it %s → %s, the queue of bulk work %s',
  async (_name, message, removals, bulk) => {
    expect(await outcomeOf('removals', message)).toBe(removals);
    expect(await outcomeOf('bulk', message)).toBe(bulk);
  },
);

test('a caller who may only press the red button can cause nothing but sign-outs', async () => {
  for (const cause of CAUSES.filter((each) => each !== 'signed-out')) {
    expect({ cause, is: await outcomeOf('bulk', { ...ofOne, cause }) }).toEqual({ cause, is: NO });
  }
});

test.each<[Origin, object]>([
  ['removals', ofUser],
  ['bulk', ofOne],
])('the rest of a job from the queue of %s is queued there again, and accepted', async (origin, job) => {
  const world: World = { ...fakeWorld(), origin };
  await hold(world, USER_ID, ...someTokens(30));
  const onePage = { signal, remainingMillis: () => (world.cache.sessions.length === 30 ? 60_000 : 9_000) };
  await processMessage(world, JSON.stringify(job), onePage, firstTime);
  expect(world.queue.jobs).toEqual([job]);
  const rest = JSON.stringify(world.queue.jobs[0]);
  expect(await processMessage(world, rest, ampleTime(), firstTime)).toMatchObject({ kind: 'revoked' });
});

test('the jobs that a job of everyone queues are accepted only from the queue of bulk work', async () => {
  const world: World = { ...fakeWorld(), origin: 'bulk' };
  await hold(world, USER_ID, 'one');
  const everyone = { ...ofUser, kind: 'revoke-everyone', revocationId: everyoneId };
  await processMessage(world, JSON.stringify(everyone), ampleTime(), firstTime);
  const [job] = world.queue.jobs;
  expect(await outcomeOf('bulk', job)).toBe('revoked');
  expect(await outcomeOf('removals', job)).toBe(NO);
});
