import type { Context } from 'aws-lambda';
import { DomainError } from '../../../lambda/domain/errors.ts';
import { reconcile } from '../../../lambda/handlers/reconcile.ts';
import { runSweep } from '../../../lambda/handlers/sweep.ts';
import { type LambdaFunction, lambdaHandler } from '../../../lambda/shell/function.ts';
import { fakeDenyList } from '../../support/fake-deny-list.ts';
import { fakeDirectory, fakeRecords, fakeWorld } from '../../support/fakes.ts';
import { ALICE, hold } from '../../support/sessions.ts';
import { captureWritten } from '../../support/written.ts';

const CANARY = 'canary-0123456789';
const written = captureWritten();
const clock = () => new Date('2026-01-01T12:00:00Z');

/** Within the shell that Lambda calls. */
function run<Event, Result>(fn: LambdaFunction<Event, Result>, event: Event): Promise<Result> {
  const context = { awsRequestId: 'request', getRemainingTimeInMillis: () => 29_000 };
  // Lambda's own type requires more than the functions use.
  return lambdaHandler(fn)(event, context as Context);
}

const logged = (message: string) => written.objects().filter((line) => line.message === message);
/** The published metrics, by name. */
const published = () => Object.assign({}, ...written.objects().filter((line) => '_aws' in line));

test('a sweep logs its counts, and publishes those that are not zero', async () => {
  await run(runSweep({ ...fakeWorld(), clock, directory: fakeDirectory() }), {});
  const counts = {
    sessionsHeld: 0,
    usersChecked: 0,
    pagesListed: 0,
    usersAsked: 0,
    usersGone: 0,
    usersBack: 0,
    slippedIn: 0,
    stuck: 0,
    unanswered: 0,
    listingsFailed: 0,
    unreadable: 0,
    unfinished: 0,
  };
  expect(logged('swept')).toMatchObject([{ level: 'INFO', ...counts }]);
  expect(published()).toEqual({});
});

test.each<[string, object, () => number]>([
  ['the listing broke off', { listingsFailed: 1, unanswered: 0, unfinished: 0 }, () => 29_000],
  ['there was no time for somebody', { listingsFailed: 0, unanswered: 1, unfinished: 1 }, () => 9_000],
])('a sweep throws if %s', async (_name, counts, remaining) => {
  const world = { ...fakeWorld(), clock };
  await hold(world, ALICE, CANARY);
  const unavailable = new DomainError('directory-unavailable', 'The identity store is down.');
  const directory = {
    ...fakeDirectory({ [ALICE]: 'enabled' }),
    page: () => Promise.reject(unavailable),
  };
  const context = { awsRequestId: 'request', getRemainingTimeInMillis: remaining };
  const handler = lambdaHandler(runSweep({ ...world, directory }));
  await expect(handler({}, context as Context)).rejects.toThrow('Not all could be swept');
  expect(logged('swept')).toMatchObject([counts]);
});

test('a sweep that could not check a user publishes its counts and throws', async () => {
  const world = { ...fakeWorld(), clock };
  await hold(world, ALICE, CANARY);
  const unavailable = new DomainError('directory-unavailable', 'The identity store is down.', {
    name: 'Fake',
  });
  const directory = { ...fakeDirectory(), statusOf: () => Promise.reject(unavailable) };
  await expect(run(runSweep({ ...world, directory }), {})).rejects.toThrow('Not all could be swept');
  expect(logged('swept')).toMatchObject([{ unanswered: 1 }]);
  expect(published()).toMatchObject({ 'Sweep:unanswered': 1, 'Sweep:coverage': 0 });
});

function reconciling(write: () => Promise<void>) {
  const policies = { read: async () => '{}', write };
  const policy = { policies, policyIds: ['p-1'], policyCharacters: 5_120, adopted: false };
  return reconcile({
    clock,
    list: fakeDenyList(),
    records: fakeRecords(),
    ...policy,
    pause: async () => {},
    reconciler: { wake: async () => {} },
  });
}

test('a reconciliation logs its counts, and publishes those that are not zero', async () => {
  await run(
    reconciling(async () => {}),
    {},
  );
  expect(logged('reconciled')).toMatchObject([{ level: 'INFO', policiesUpdated: 1, policiesFailed: 0 }]);
  expect(published()).toMatchObject({ 'DenyList:policiesUpdated': 1 });
  expect(published()).not.toHaveProperty('DenyList:policiesFailed');
});

test('a reconciliation that cannot change a policy logs why, publishes its counts and throws', async () => {
  const failure = { name: 'AccessDeniedException', status: 400 };
  const refused = new DomainError('policy-refused', 'The policy cannot be changed.', failure);
  await expect(
    run(
      reconciling(() => Promise.reject(refused)),
      {},
    ),
  ).rejects.toBe(refused);
  const told = { code: 'policy-refused', cause: failure };
  expect(logged('reconciled')).toMatchObject([{ level: 'ERROR', policiesFailed: 1, ...told }]);
  expect(published()).toMatchObject({ 'DenyList:policiesFailed': 1 });
});
