import type { LogoutFailed, Portal, SessionEnded, Turns } from '../../../../lambda/domain/ports.ts';
import { Secret } from '../../../../lambda/domain/secret.ts';
import { paced } from '../../../../lambda/domain/sessions/paced-portal.ts';
import { failed, fakePortal, loggedOut, rejected } from '../../../support/fakes.ts';

const { signal } = new AbortController();
const token = new Secret('x');
const atOnce: Turns = { next: async () => () => {} };

test('a paced portal runs no more than so many Logouts at once', async () => {
  let [inFlight, peak] = [0, 0];
  const portal: Portal = {
    ...fakePortal(),
    async logout() {
      inFlight += 1;
      peak = Math.max(peak, inFlight);
      await new Promise(setImmediate);
      inFlight -= 1;
      return loggedOut;
    },
  };
  const limited = paced(portal, atOnce, 3);
  const asked = Array.from({ length: 20 }, () => limited.logout(token, 'eu-west-1', signal));
  expect(await Promise.all(asked)).toEqual(asked.map(() => loggedOut));
  expect(peak).toBe(3);
});

test('the portal gets a turn for each request that it sends', async () => {
  const logout = jest.fn(async (..._args: Parameters<Portal['logout']>) => loggedOut);
  await paced({ ...fakePortal(), logout }, atOnce, 1).logout(token, 'eu-west-1', signal);
  expect(logout.mock.calls).toEqual([[token, 'eu-west-1', signal, atOnce]]);
});

/** A portal with these answers, one after the other. The last one repeats. */
function answering(...answers: [...(SessionEnded | LogoutFailed)[], SessionEnded | LogoutFailed]) {
  const rest = answers.slice(0, -1);
  const last = answers.at(-1) ?? loggedOut;
  const logout = jest.fn(async () => rest.shift() ?? last);
  return { logout, limited: paced({ ...fakePortal(), logout }, atOnce, 1) };
}

const throttled = { ...failed('throttled'), attempts: 3 };

test('a Logout that the SDK gave up as throttled is retried in the same run, and all requests are counted', async () => {
  const { limited } = answering(throttled, throttled, { ...loggedOut, attempts: 2 });
  expect(await limited.logout(token, 'eu-west-1', signal)).toEqual({ ...loggedOut, attempts: 8 });
});

test('a Logout that is throttled again and again fails, and so does one that nobody waits for', async () => {
  const { limited, logout } = answering(throttled);
  expect(await limited.logout(token, 'eu-west-1', signal)).toEqual({ ...throttled, attempts: 9 });
  expect(logout).toHaveBeenCalledTimes(3);
  const late = await limited.logout(token, 'eu-west-1', AbortSignal.abort());
  expect(late).toEqual({ ...throttled, attempts: 3 });
});

test('a Logout that fails in any other way is not retried', async () => {
  const { limited, logout } = answering(failed('unavailable'));
  expect(await limited.logout(token, 'eu-west-1', signal)).toMatchObject({ why: 'unavailable' });
  expect(logout).toHaveBeenCalledTimes(1);
});

test('asking whether a token is accepted needs no turn', async () => {
  const never: Turns = { next: () => new Promise<never>(() => {}) };
  const limited = paced({ ...fakePortal(), accepts: async () => rejected }, never, 0);
  expect(await limited.accepts(token, 'eu-west-1', signal)).toEqual(rejected);
});

test('after a defect of the portal, the next Logouts get their turn', async () => {
  const portal = { ...fakePortal(), logout: () => Promise.reject(new TypeError('bug')) };
  const limited = paced(portal, atOnce, 1);
  for (const _turn of [1, 2]) {
    await expect(limited.logout(token, 'eu-west-1', signal)).rejects.toThrow(TypeError);
  }
});
