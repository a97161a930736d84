import {
  type RegisterSessionRequest,
  registerSession,
} from '../../../../lambda/domain/register/register-session.ts';
import { ampleTime, type World } from '../../../support/fakes.ts';
import { aRegistration, registeringWorld, someRefresh } from '../../../support/registering.ts';
import { Recorder, sequentialRoundTrips } from '../../../support/round-trips.ts';
import { ALICE } from '../../../support/sessions.ts';

const byName = { owner: { user: { userName: 'alice' } } };

/** What it costs to register a session, in calls. */
async function callsOf(world: World, request: Partial<RegisterSessionRequest>) {
  const recorder = new Recorder();
  const deps = {
    ...world,
    portal: recorder.of('portal', world.portal),
    directory: world.directory && recorder.of('directory', world.directory),
    sealer: recorder.of('sealer', world.sealer),
    tokenCache: recorder.of('tokenCache', world.tokenCache),
    records: recorder.of('records', world.records),
    reports: recorder.of('reports', world.reports),
  };
  await registerSession(deps, aRegistration(request), ampleTime());
  return recorder.calls;
}

test.each<[string, Partial<RegisterSessionRequest>, number]>([
  ['by user id', {}, 3],
  [
    'by user id, and the body repeats the name',
    { owner: { user: { userId: ALICE }, claimed: { userName: 'alice' } } },
    4,
  ],
  ['by user name', byName, 4],
  ['with a refresh token', { refresh: someRefresh() }, 3],
])('a session that is registered %s: %i round trips in a row at the most', async (_name, request, most) => {
  const calls = await callsOf(registeringWorld(), request);
  expect(sequentialRoundTrips(calls)).toBeLessThanOrEqual(most);
  expect(sequentialRoundTrips(await callsOf(registeringWorld(), byName))).toBe(4);
});

test('each question is asked once, and what the user holds once more after the write', async () => {
  const calls = await callsOf(registeringWorld(), {});
  expect(calls.map(({ name }) => name).toSorted()).toEqual([
    'directory.userOf',
    'portal.accepts',
    'sealer.seal',
    'tokenCache.fence',
    'tokenCache.find',
    'tokenCache.hold',
    'tokenCache.list',
    'tokenCache.list',
  ]);
});

test('the fence is read after the session is written, and nothing is written before all is confirmed', async () => {
  const calls = await callsOf(registeringWorld(), byName);
  const [hold, fence] = ['tokenCache.hold', 'tokenCache.fence'].map((name) =>
    calls.find((call) => call.name === name),
  );
  if (!hold || !fence) throw new Error('They were not called.');
  expect(fence.startedAt).toBeGreaterThan(hold.endedAt);
  // Whether others took the last room is looked at beside the fence.
  const after = [fence, calls.findLast(({ name }) => name === 'tokenCache.list')];
  for (const { name, endedAt } of calls.filter((call) => call !== hold && !after.includes(call))) {
    expect({ name, isBefore: endedAt < hold.startedAt }).toEqual({ name, isBefore: true });
  }
});

test('the measure itself: what begins after an end is one more, what begins beside it is not', async () => {
  const recorder = new Recorder();
  const { one, two } = recorder.of('x', { one: async () => 1, two: async () => 2 });
  await Promise.all([one(), two(), one().then(two)]);
  expect(recorder.calls).toHaveLength(4);
  expect(sequentialRoundTrips(recorder.calls)).toBe(2);
});
