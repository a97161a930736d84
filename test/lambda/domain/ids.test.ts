import { processMessage } from '../../../lambda/domain/detect/process-message.ts';
import { processReport } from '../../../lambda/domain/detect/process-report.ts';
import { derivedId, REVOCATION_ID, randomId, SESSION_ID } from '../../../lambda/domain/ids.ts';
import { requestRevocation } from '../../../lambda/domain/revoke/request-revocation.ts';
import { Secret } from '../../../lambda/domain/secret.ts';
import { sessionIdOf } from '../../../lambda/domain/session.ts';
import { userRemovedEvent } from '../../support/events.ts';
import { ampleTime, failed, fakePortal, fakeQueue, fakeWorld, type World } from '../../support/fakes.ts';
import { ALICE, fenceUntil, hold, someJob } from '../../support/sessions.ts';

const { signal } = new AbortController();
const now = new Date('2026-01-01T00:00:00Z');
const at = now.toISOString();
const requestedBy = 'x';
/** What each source calls its request: the same text for all of them. */
const key = sessionIdOf(new Secret('one'));
const everyoneId = `everyone.${key}`;

const message = (world: World, body: object) =>
  processMessage(world, JSON.stringify(body), ampleTime(), { lastAttempt: false });
const report = (world: World, body: object) =>
  processReport(
    { ...world, queues: { removals: world.queue, bulk: fakeQueue() } },
    JSON.stringify(body),
    ampleTime(),
  );

/** Each source requests the revocation of the same user, always under the same id. */
const sources: Record<string, [ask: (world: World) => Promise<unknown>, id: string]> = {
  event: [
    (world) => message(world, { ...userRemovedEvent({ userId: ALICE }), id: key }),
    derivedId('user', 'event', ALICE, key),
  ],
  everyone: [
    (world) =>
      message(
        { ...world, origin: 'bulk' },
        { ...someJob(), kind: 'revoke-everyone', revocationId: everyoneId },
      ),
    derivedId('user', 'everyone', everyoneId, ALICE),
  ],
  sweep: [
    (world) => report(world, { kind: 'gone', userId: ALICE, at }),
    derivedId('user', 'sweep', ALICE, at),
  ],
  fenced: [
    async (world) => {
      const fence = fenceUntil(new Date('2027-01-01T00:00:00Z'), now);
      await world.cache.raiseFence(ALICE, fence, signal);
      await report(world, { kind: 'fenced', userId: ALICE, sessionId: key });
    },
    key,
  ],
};

test('requests of different sources are different revocations, even with the same name', () => {
  const ids = Object.values(sources).map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

const given = () => ({ ...fakeWorld(), clock: () => now, portal: fakePortal(failed('unavailable')) });

test.each(Object.keys(sources))(
  'the id of a revocation from %s is the same in all versions, because messages outlive a version',
  async (source) => {
    const [ask, id] = sources[source] ?? [];
    const world = given();
    await hold(world, ALICE, 'one');
    await ask?.(world);
    const begun = [...world.cache.notes.map(({ job }) => job), ...world.queue.jobs];
    const ofUser = begun.filter((job) => job.kind === 'revoke-user');
    expect(ofUser.map(({ revocationId }) => revocationId)).toContain(id);
  },
);

test('a derived id is the same in all versions, so rows and messages of earlier versions are found', () => {
  expect(derivedId('user', 'event', 'a', 'b')).toBe('user.pDXwKpB5gvMPZ_pygZA7ZoduVQMdxUwWNd3uQh6SZuQ');
});

test('a derived id depends on its parts, their order, and where they end', () => {
  const ids = [
    derivedId('user', 'a', 'b'),
    derivedId('user', 'b', 'a'),
    derivedId('user', 'ab'),
    derivedId('user', 'a', '', 'b'),
    derivedId('user', 'a","b'),
    derivedId('everyone', 'a', 'b'),
    derivedId('key', 'a', 'b'),
  ];
  expect(new Set(ids).size).toBe(ids.length);
  expect(derivedId('user', 'a', 'b')).toBe(ids[0]);
  expect(randomId('user')).not.toBe(randomId('user'));
});

describe('ids that we make, and ids of sessions', () => {
  const parts = ['event', ALICE, 'an-event'];
  /** A token may have any printable text, even the text from which an id is derived, or such an id. */
  const texts = [
    JSON.stringify(parts),
    JSON.stringify(['user', ...parts]),
    `user.${JSON.stringify(parts)}`,
    derivedId('user', ...parts),
    derivedId('key', 'owner', 'key'),
    '',
  ];

  test.each(texts)('cannot be equal, whatever the token is: %s', (text) => {
    const sessionId = sessionIdOf(new Secret(text));
    expect(sessionId).toMatch(SESSION_ID);
    expect(sessionId).not.toContain('.');
    for (const kind of ['user', 'everyone', 'key'] as const) {
      for (const made of [derivedId(kind, ...parts), derivedId(kind, text), randomId(kind)]) {
        expect(made).not.toMatch(SESSION_ID);
        expect(made.startsWith(`${kind}.`)).toBe(true);
        expect(made).not.toBe(sessionId);
      }
    }
  });

  test('differ in form: a key is no revocation, and any other form is no id', () => {
    for (const id of [randomId('user'), randomId('everyone'), key, 'r'.repeat(43)]) {
      expect(id).toMatch(REVOCATION_ID);
    }
    for (const id of [
      randomId('key'),
      `user.${randomId('user')}`,
      `user${key}`,
      `${key}.`,
      `sweep.${key}`,
      '',
    ]) {
      expect(id).not.toMatch(REVOCATION_ID);
    }
  });
});

test('each request by HTTP without a key gets its own revocation id', async () => {
  const world = given();
  const ids = new Set<string>();
  for (const _request of [1, 2]) {
    const asked = { user: { userId: ALICE }, requestedBy };
    ids.add((await requestRevocation(world, asked, ampleTime())).revocationId);
  }
  expect(ids.size).toBe(2);
});
