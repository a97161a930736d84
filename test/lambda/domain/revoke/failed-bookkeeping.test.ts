import { requestRevocation } from '../../../../lambda/domain/revoke/request-revocation.ts';
import { revokeSession } from '../../../../lambda/domain/revoke/revoke-session.ts';
import { Secret } from '../../../../lambda/domain/secret.ts';
import { sessionIdOf } from '../../../../lambda/domain/session.ts';
import {
  alreadyInvalid,
  ampleTime,
  fakePortal,
  fakeWorld,
  storeUnavailable,
} from '../../../support/fakes.ts';
import { ALICE, hold } from '../../../support/sessions.ts';

/** `npm run prove` found each of these. Here each is as short as possible. */
const accessToken = new Secret('a token');
const sessionId = sessionIdOf(accessToken);
const requestedBy = 'somebody';
const down = async () => Promise.reject(storeUnavailable());
const { signal } = new AbortController();

test('a 401 is not recorded until it is known whether a copy with a refresh token is held', async () => {
  const world = { ...fakeWorld(), portal: fakePortal(alreadyInvalid) };
  await hold(world, ALICE, 'a token');
  const deps = { ...world, tokenCache: { ...world.tokenCache, find: down } };
  const revoking = revokeSession(deps, { accessToken, requestedBy }, ampleTime());
  await expect(revoking).rejects.toMatchObject({ code: 'store-unavailable' });
  expect((await world.records.read(sessionId, signal)).outcomes).toEqual([]);
});

test("if a user's header could not be written, the queue gets the job, because without a key nobody repeats that id", async () => {
  const world = fakeWorld();
  await hold(world, ALICE, 'a token');
  const deps = { ...world, records: { ...world.records, putHeader: down } };
  const requesting = requestRevocation(deps, { user: { userId: ALICE }, requestedBy }, ampleTime());
  await expect(requesting).rejects.toMatchObject({ code: 'store-unavailable' });
  const [job] = world.queue.jobs;
  expect((await world.records.read(job?.revocationId ?? '', signal)).outcomes).toMatchObject([{ sessionId }]);
});
