import { pacedDirectory } from '../../../../lambda/domain/detect/paced-directory.ts';
import type { UserStatus } from '../../../../lambda/domain/ports.ts';
import { type EventEnvelope, scimPatchEvent, USER_ID } from '../../../support/events.ts';
import { denyingWorld } from '../../../support/fake-deny-list.ts';
import { fakeDirectory } from '../../../support/fakes.ts';
import { process } from '../role-sessions/processed.ts';

// No event may lift a removal while the directory says disabled or deleted. Each worker caches the directory's answers
// for a minute, so its answer may be older than a removal that another worker has entered.

const SECONDS = 1 / 3600;
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString().replace('.000', '');

function twoWorkers() {
  const given = denyingWorld();
  let status: UserStatus = 'enabled';
  let asked = 0;
  const store = {
    ...fakeDirectory(),
    userOf: async () => {
      asked += 1;
      return { status };
    },
  };
  const worker = () => {
    const directory = pacedDirectory(store, async () => {}, given.world.clock);
    return { ...given.world, directory };
  };
  return {
    ...given,
    workers: [worker(), worker()] as const,
    now: (said: UserStatus) => {
      status = said;
    },
    asked: () => asked,
  };
}

const changed = (second: number, id = `changed-${second}`): EventEnvelope => ({
  ...scimPatchEvent(USER_ID),
  id,
  time: at(second),
});

test.each(['disabled', 'deleted'] as const)(
  'a late event about an earlier change does not lift the denial if another worker found the user %s',
  async (said) => {
    const { workers, pass, now, entries } = twoWorkers();
    const [first, second] = workers;
    pass(10 * SECONDS);
    expect(await process(first, changed(1))).toMatchObject({ kind: 'ignored' });
    pass(10 * SECONDS);
    now(said);
    expect(await process(second, changed(20))).toMatchObject({ kind: 'revoked' });
    pass(10 * SECONDS);
    // The first worker has cached the user as enabled.
    expect(await process(first, changed(1, 'late'))).toMatchObject({ kind: 'revoked' });
    expect((await entries()).filter(({ lifted }) => lifted)).toEqual([]);
  },
);

test('a lookup that was sent before a removal does not lift that removal', async () => {
  const { workers, pass, now, entries, world, denying } = twoWorkers();
  const [first, second] = workers;
  now('disabled');
  await process(first, changed(0));
  pass(60 * SECONDS);
  let asked = 0;
  const statusOf = async () => {
    asked += 1;
    // The first answer shows that there may be something to lift.
    if (asked === 1) return 'enabled' as const;
    pass(5 * SECONDS);
    await process(second, { ...scimPatchEvent(USER_ID), id: 'meanwhile', time: at(64) });
    return 'enabled' as const;
  };
  const late = { ...world, denying, directory: { ...fakeDirectory(), statusOf } };
  await process(late, changed(59));
  const inForce = (await entries()).filter(({ lifted }) => !lifted);
  expect(inForce.map(({ askedAt }) => askedAt?.toISOString())).toEqual(['2026-01-01T00:01:04.999Z']);
});

test('a user who is not denied is looked up only once, because a synchronization changes everyone', async () => {
  const { workers, pass, asked } = twoWorkers();
  const [worker] = workers;
  pass(10 * SECONDS);
  for (const id of ['a', 'b', 'c']) await process(worker, changed(1, id));
  expect(asked()).toBe(1);
});

test('a user who is enabled is let back in, although the last lookup was less than a minute ago', async () => {
  const { workers, pass, now, entries } = twoWorkers();
  const [worker] = workers;
  pass(10 * SECONDS);
  now('disabled');
  await process(worker, changed(9));
  pass(5 * SECONDS);
  now('enabled');
  expect(await process(worker, changed(12))).toMatchObject({ kind: 'lifted', denials: 1 });
  expect((await entries()).every(({ lifted }) => lifted)).toBe(true);
});
