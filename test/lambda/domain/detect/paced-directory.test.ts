import { setTimeout as sleep } from 'node:timers/promises';
import { pacedDirectory } from '../../../../lambda/domain/detect/paced-directory.ts';
import { DomainError } from '../../../../lambda/domain/errors.ts';
import { evenly, type Pace } from '../../../../lambda/domain/pace.ts';
import type { Directory, UserStatus } from '../../../../lambda/domain/ports.ts';
import { fakeDirectory } from '../../../support/fakes.ts';

const { signal } = new AbortController();
const seconds = (count: number) => new Date(Date.UTC(2026, 0, 1) + count * 1000);
const atOnce: Pace = async () => {};

function given(pace = atOnce) {
  const state = { now: 10, status: 'enabled' as UserStatus, asked: [] as string[] };
  const directory: Directory = {
    ...fakeDirectory({}, { jane: 'u1' }),
    async userOf(userId) {
      state.asked.push(userId);
      return { status: state.status, userName: `name of ${userId}` };
    },
  };
  const paced = pacedDirectory(directory, pace, () => seconds(state.now));
  return { state, paced };
}

test('many changes of the same user cause one lookup per user', async () => {
  const { state, paced } = given(evenly(100));
  const changes = Array.from({ length: 300 }, (_, n) => paced.statusOf(`u${n % 3}`, signal, seconds(9)));
  expect(new Set(await Promise.all(changes))).toEqual(new Set(['enabled']));
  expect(state.asked.toSorted()).toEqual(['u0', 'u1', 'u2']);
});

test('lookups by id and by name keep to the rate', async () => {
  const begun = performance.now();
  const { paced } = given(evenly(100));
  await Promise.all([
    ...Array.from({ length: 9 }, (_, n) => paced.statusOf(`u${n}`, signal)),
    paced.userIdOf('jane', signal),
  ]);
  // A timer may fire a millisecond early.
  expect(performance.now() - begun).toBeGreaterThan(95);
});

test.each([
  ['before the answer was asked for', 9, 1],
  ['at that moment', 10, 2],
  ['after it', 11, 2],
])('after an event that happened %s (at %i), there were %i lookups', async (_name, happened, questions) => {
  const { state, paced } = given();
  await paced.statusOf('u1', signal, seconds(5));
  Object.assign(state, { status: 'disabled', now: 12 });
  await paced.statusOf('u1', signal, seconds(happened));
  expect(state.asked).toHaveLength(questions);
});

test('an answer is cached for a minute, and only for callers who say since when it must be', async () => {
  const { state, paced } = given();
  await paced.statusOf('u1', signal);
  await paced.statusOf('u1', signal);
  expect(state.asked).toHaveLength(2);
  state.now += 59;
  await paced.statusOf('u1', signal, seconds(0));
  expect(state.asked).toHaveLength(2);
  state.now += 1;
  await paced.statusOf('u1', signal, seconds(0));
  expect(state.asked).toHaveLength(3);
});

test('the lookup of a status answers the name of the same user for a minute', async () => {
  const { state, paced } = given();
  await paced.statusOf('u1', signal);
  state.now += 59;
  const user = { status: 'enabled', userName: 'name of u1' };
  expect(await paced.userOf('u1', signal, new Date(0))).toEqual(user);
  expect(state.asked).toEqual(['u1']);
});

test('the answers about the latest thousand users are cached', async () => {
  const { state, paced } = given();
  for (let n = 0; n <= 1_000; n += 1) await paced.statusOf(`u${n}`, signal, seconds(0));
  await paced.statusOf('u1', signal, seconds(0));
  expect(state.asked).toHaveLength(1_001);
  await paced.statusOf('u0', signal, seconds(0));
  expect(state.asked).toHaveLength(1_002);
});

test('a failed lookup is not cached', async () => {
  const { state, paced } = given();
  const failing = pacedDirectory(
    {
      ...fakeDirectory(),
      userOf: async () => {
        if (state.asked.push('u1') === 1) throw new DomainError('directory-unavailable', 'It is away.');
        return { status: 'deleted' };
      },
    },
    atOnce,
    () => seconds(10),
  );
  await expect(failing.statusOf('u1', signal, seconds(0))).rejects.toMatchObject({
    code: 'directory-unavailable',
  });
  expect(await failing.statusOf('u1', signal, seconds(0))).toBe('deleted');
  expect(await paced.statusOf('u1', signal)).toBe('enabled');
});

test('if the deadline passes before its turn, a lookup fails and sends nothing', async () => {
  const { state, paced } = given(async (turn) => void (await sleep(60_000, undefined, { signal: turn })));
  const asking = paced.statusOf('u1', AbortSignal.timeout(5));
  await expect(asking).rejects.toMatchObject({ code: 'directory-unavailable', cause: { name: 'OutOfTime' } });
  expect(state.asked).toEqual([]);
});

test('a defect of the pace is not reported as a passed deadline', async () => {
  const { paced } = given(() => Promise.reject(new TypeError('bug')));
  await expect(paced.userIdOf('jane', signal)).rejects.toThrow(TypeError);
});
