import { endUserSessions } from '../../../../lambda/domain/revoke/end-user-sessions.ts';
import { ampleTime, fakeWorld, loggedOut, type World } from '../../../support/fakes.ts';
import { ALICE, hold, someTokens } from '../../../support/sessions.ts';
import { virtualTime } from '../../../support/virtual-time.ts';

const { signal } = new AbortController();
/** The fake cipher can tell no more apart. */
const SESSIONS = 250;
const AT_ONCE = 10;
const PORTAL_MILLIS = 20;

/** A world in which each call takes time: 20 ms at the portal, 10 ms elsewhere. */
function slowWorld(time: ReturnType<typeof virtualTime>) {
  const world = fakeWorld();
  const steps: string[] = [];
  let [open, most, logouts] = [0, 0, 0];
  const after = async <T>(millis: number, act: () => Promise<T> | T): Promise<T> => {
    await time.sleep(millis, signal);
    return act();
  };
  const tokenCache: World['tokenCache'] = {
    ...world.tokenCache,
    page: async (...asked) => {
      const page = await after(10, () => world.tokenCache.page(...asked));
      open += page.length;
      most = Math.max(most, open);
      return page;
    },
    forgetAll: (sessions, ...rest) =>
      after(10, () => {
        open -= sessions.length;
        for (const { sessionId } of sessions) steps.push(`delete ${sessionId}`);
        return world.tokenCache.forgetAll(sessions, ...rest);
      }),
  };
  const records: World['records'] = {
    ...world.records,
    putOutcomes: (id, outcomes, ...rest) =>
      after(10, () => {
        for (const { sessionId } of outcomes) steps.push(`record ${sessionId}`);
        return world.records.putOutcomes(id, outcomes, ...rest);
      }),
  };
  const logout = () =>
    after(PORTAL_MILLIS, () => {
      logouts += 1;
      return loggedOut;
    });
  return {
    world: { ...world, tokenCache, records, portal: { ...world.portal, logout }, concurrency: AT_ONCE },
    steps,
    most: () => most,
    logouts: () => logouts,
  };
}

test("250 sessions of one user end at 0.7 or more of the portal's own rate, with at most three pages in memory, recorded before deleted", async () => {
  const time = virtualTime();
  const { world, steps, most, logouts } = slowWorld(time);
  await hold(world, ALICE, ...someTokens(SESSIONS));
  let doneAt = 0;
  const ending = endUserSessions(world, {
    revocationId: 'r',
    userId: ALICE,
    deadline: ampleTime(),
    lastAttempt: false,
    alreadyEnded: new Set(),
    earlierAttempts: new Map(),
    failures: [],
  }).then((ended) => {
    doneAt = time.now();
    return ended;
  });
  await time.run(60_000);
  expect(await ending).toEqual({ outOfTime: false, ended: SESSIONS, left: 0 });
  expect(logouts()).toBe(SESSIONS);
  const bareMillis = (SESSIONS / AT_ONCE) * PORTAL_MILLIS;
  expect(bareMillis / doneAt).toBeGreaterThanOrEqual(0.7);
  expect(most()).toBeLessThanOrEqual(75);
  const place = new Map(steps.map((step, index) => [step, index]));
  const ids = steps.filter((step) => step.startsWith('delete ')).map((step) => step.slice('delete '.length));
  expect(ids).toHaveLength(SESSIONS);
  for (const id of ids) {
    expect(place.get(`record ${id}`)).toBeLessThan(place.get(`delete ${id}`) ?? 0);
  }
});
