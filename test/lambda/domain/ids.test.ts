import { processMessage } from '../../../lambda/domain/detect/process-message.ts';
import { sweep } from '../../../lambda/domain/detect/sweep.ts';
import { derivedId } from '../../../lambda/domain/ids.ts';
import { registerSession } from '../../../lambda/domain/register/register-session.ts';
import { requestRevocation } from '../../../lambda/domain/revoke/request-revocation.ts';
import { Secret } from '../../../lambda/domain/secret.ts';
import { sessionIdOf } from '../../../lambda/domain/session.ts';
import { userRemovedEvent } from '../../support/events.ts';
import { ampleTime, failed, fakePortal, fakeWorld, type World } from '../../support/fakes.ts';
import { ALICE, hold, someJob } from '../../support/sessions.ts';

const { signal } = new AbortController();
const now = new Date('2026-01-01T00:00:00Z');
const accessToken = new Secret('a token');
const requestedBy = 'x';
/** What a source calls its request: the same for all of them here. */
const key = sessionIdOf(accessToken);

/** Each of them asks for the revocation of the same user. */
const sources: Record<string, [ask: (world: World) => Promise<unknown>, id: string]> = {
  http: [
    (world) =>
      requestRevocation(world, { user: { userId: ALICE }, requestedBy, idempotencyKey: key }, ampleTime()),
    derivedId('http', key, ALICE),
  ],
  event: [
    (world) => {
      const event = { ...userRemovedEvent({ userId: ALICE }), id: key };
      return processMessage(world, JSON.stringify(event), ampleTime(), { lastAttempt: false });
    },
    derivedId('event', ALICE, key),
  ],
  everyone: [
    (world) => {
      const job = { ...someJob(), kind: 'revoke-everyone', revocationId: key };
      return processMessage(world, JSON.stringify(job), ampleTime(), { lastAttempt: false });
    },
    derivedId('everyone', key, ALICE),
  ],
  sweep: [(world) => sweep(world, ampleTime()), derivedId('sweep', ALICE, now.toISOString())],
  fenced: [
    async (world) => {
      await world.cache.raiseFence(ALICE, new Date('2027-01-01T00:00:00Z'), signal);
      const session = { user: { userId: ALICE }, accessToken, accessTokenExpiresAt: new Date('2027-01-01') };
      await registerSession(world, { ...session, requestedBy }, ampleTime()).catch(() => {});
    },
    derivedId('fenced', ALICE, key),
  ],
};

test('what different sources ask for is never one revocation, even if they call it the same', () => {
  const ids = Object.values(sources).map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test.each(Object.keys(sources))(
  'the id of a revocation from %s stays what it is from version to version: messages and keys outlive one',
  async (source) => {
    const [ask, id] = sources[source] ?? [];
    const world = { ...fakeWorld(), clock: () => now, portal: fakePortal(failed('unavailable')) };
    await hold(world, ALICE, 'one');
    await ask?.(world);
    const begun = [...world.cache.begun.map(({ job }) => job), ...world.queue.jobs];
    const ofUser = begun.filter((job) => job.kind === 'revoke-user');
    expect(ofUser.map(({ revocationId }) => revocationId)).toContain(id);
  },
);
