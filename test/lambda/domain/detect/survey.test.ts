import fc from 'fast-check';
import { type SurveyedDirectory, survey } from '../../../../lambda/domain/detect/survey.ts';
import { DomainError } from '../../../../lambda/domain/errors.ts';
import type { DirectoryPage, UserStatus } from '../../../../lambda/domain/ports.ts';
import { ampleTime, fakeDirectory } from '../../../support/fakes.ts';

const down = () => Promise.reject(new DomainError('directory-unavailable', 'down'));
const nobody = new Set<string>();
const { signal } = new AbortController();

interface Told {
  status: Record<string, UserStatus>;
  turns: number;
}

/** Runs a survey. Returns its counts, and the status found for each user. */
async function surveying(
  directory: SurveyedDirectory,
  toConfirm: Iterable<string>,
  others: Iterable<string> = nobody,
  deadline = ampleTime(),
) {
  const told: Told = { status: {}, turns: 0 };
  const pace = async () => {
    told.turns += 1;
  };
  const tell = async (userId: string, status: UserStatus) => {
    expect(told.status).not.toHaveProperty([userId]);
    told.status[userId] = status;
  };
  const wanted = { toConfirm: new Set(toConfirm), others: new Set(others) };
  const surveyed = await survey({ directory, pace }, wanted, tell, deadline);
  return { ...surveyed, ...told };
}

/** A listing with these pages. */
function listing(
  pages: [string, 'enabled' | 'disabled' | undefined][][],
  known: Record<string, 'enabled' | 'disabled'> = {},
): SurveyedDirectory {
  return {
    ...fakeDirectory(known),
    async page(cursor = '0') {
      const at = Number(cursor);
      const users = (pages[at] ?? []).map(([userId, status]) => ({ userId, status }));
      return { users, ...(at + 1 < pages.length && { next: String(at + 1) }) };
    },
  };
}

test('users listed as enabled are not looked up; for disabled and missing ones, a lookup decides', async () => {
  const pages = listing(
    [
      [
        ['a', 'enabled'],
        ['b', 'disabled'],
        ['c', 'disabled'],
      ],
    ],
    { c: 'enabled', e: 'enabled' },
  );
  const surveyed = await surveying(pages, ['a', 'b', 'c', 'd', 'e']);
  // One user has been enabled since, and another was added between two pages.
  expect(surveyed.status).toEqual({ a: 'enabled', b: 'deleted', c: 'enabled', d: 'deleted', e: 'enabled' });
  expect(surveyed).toMatchObject({ pagesListed: 1, usersAsked: 4, unanswered: 0, finished: true });
});

test('for users who may be back, the listing alone decides', async () => {
  const pages = listing([
    [
      ['a', 'enabled'],
      ['b', 'disabled'],
    ],
  ]);
  const surveyed = await surveying(pages, [], ['a', 'b', 'c']);
  expect(surveyed.status).toEqual({ a: 'enabled', b: 'disabled' });
  expect(surveyed).toMatchObject({ pagesListed: 1, usersAsked: 0, unanswered: 0 });
});

test('a user listed without a status is looked up', async () => {
  const surveyed = await surveying(listing([[['a', undefined]]], { a: 'disabled' }), ['a']);
  expect(surveyed.status).toEqual({ a: 'disabled' });
});

test('a page that comes twice changes nothing', async () => {
  const page: [string, 'enabled'][] = [
    ['a', 'enabled'],
    ['b', 'enabled'],
  ];
  const surveyed = await surveying(listing([page, page, [['c', 'enabled']]]), ['a', 'b', 'c']);
  expect(surveyed).toMatchObject({ pagesListed: 3, usersAsked: 0, listingsFailed: 0 });
});

test('without users to find, no call is made', async () => {
  expect(await surveying({ ...fakeDirectory(), page: down, statusOf: down }, [])).toMatchObject({ turns: 0 });
});

describe('if the listing breaks off, nobody counts as deleted, and all remaining users are looked up', () => {
  const users = { a: 'enabled', b: 'enabled', c: 'enabled', d: 'enabled', e: 'disabled' } as const;
  const whole = fakeDirectory(users);
  const brokenOff = (pages: number, then: SurveyedDirectory['page']): SurveyedDirectory => {
    let read = 0;
    return { ...whole, page: (...asked) => (read++ < pages ? whole.page(...asked) : then(...asked)) };
  };
  const back = async (): Promise<DirectoryPage> => ({ users: [], next: '2' });

  test.each([
    ['it fails at once', brokenOff(0, down), 5],
    ['it fails at the second page', brokenOff(1, down), 3],
    ['it comes back to where it was', brokenOff(1, back), 3],
  ])('%s', async (_name, directory, usersAsked) => {
    const surveyed = await surveying(directory, Object.keys(users));
    expect(surveyed.status).toEqual(users);
    expect(surveyed).toMatchObject({ listingsFailed: 1, usersAsked, unanswered: 0, finished: true });
  });

  test('users who may be back are looked up, too, because a missing entry proves nothing', async () => {
    const surveyed = await surveying(brokenOff(1, down), [], Object.keys(users));
    expect(surveyed.status).toEqual(users);
  });

  test('a defect is not treated as a listing that breaks off', async () => {
    const page = () => Promise.reject(new TypeError('bug'));
    await expect(surveying({ ...whole, page }, ['a'])).rejects.toThrow(TypeError);
  });
});

test('after five failed lookups in a row, no other user is looked up', async () => {
  const statusOf = jest.fn(down);
  const ids = Array.from({ length: 20 }, (_, n) => `user-${n}`);
  const surveyed = await surveying({ page: down, statusOf }, ids);
  expect(statusOf).toHaveBeenCalledTimes(5);
  expect(surveyed).toMatchObject({ usersAsked: 5, unanswered: 20, listingsFailed: 1, status: {} });
});

test('if time runs out, the remaining users are unanswered and the survey is not finished', async () => {
  let left = 29_000;
  const directory = fakeDirectory(Object.fromEntries(['a', 'b', 'c', 'd'].map((id) => [id, 'enabled'])));
  const statusOf = jest.fn(directory.statusOf);
  const page: SurveyedDirectory['page'] = (...asked) => {
    left -= 19_001;
    return directory.page(...asked);
  };
  const deadline = { signal, remainingMillis: () => left };
  const surveyed = await surveying({ page, statusOf }, ['a', 'b', 'c', 'd'], [], deadline);
  expect(surveyed).toMatchObject({ pagesListed: 1, usersAsked: 0, unanswered: 2, finished: false });
  expect(surveyed.status).toEqual({ a: 'enabled', b: 'enabled' });
});

/** An identity store with so many users, 100 a page. Each wanted user has a place in it, or none. */
function bigDirectory(users: number, places: (number | undefined)[]): SurveyedDirectory {
  const at = new Map(places.map((place, n) => [place, `wanted-${n}`]));
  return {
    statusOf: async (userId) => (places[Number(userId.slice(7))] === undefined ? 'deleted' : 'enabled'),
    async page(cursor = '0') {
      const from = Number(cursor);
      const to = Math.min(users, from + 100);
      const listed = Array.from({ length: to - from }, (_, n) => ({
        userId: at.get(from + n) ?? `stranger-${from + n}`,
        status: 'enabled' as const,
      }));
      return { users: listed, ...(to < users && { next: String(to) }) };
    },
  };
}

const wantedOf = (count: number) => Array.from({ length: count }, (_, n) => `wanted-${n}`);

test.each([
  ['5 of 100,000 users', 100_000, 5, 10],
  ['500 of 100,000 users, spread evenly', 100_000, 500, 1_000],
  ['2,000 of 100,000 users, spread evenly', 100_000, 2_000, 1_000],
  ['all of 10,000 users', 10_000, 10_000, 100],
  ['all of 80 users', 80, 80, 1],
])('%s take at most the expected number of calls', async (_name, users, wanted, most) => {
  const places = Array.from({ length: wanted }, (_, n) => Math.floor((n * users) / wanted));
  const { pagesListed, usersAsked } = await surveying(bigDirectory(users, places), wantedOf(wanted));
  expect(pagesListed + usersAsked).toBeLessThanOrEqual(most);
});

test('for any distribution, a survey takes at most twice the calls of listing or of lookups alone, plus one', async () => {
  const store = fc.integer({ min: 1, max: 3_000 }).chain((users) =>
    fc.record({
      users: fc.constant(users),
      there: fc.uniqueArray(fc.integer({ min: 0, max: users - 1 }), { maxLength: 200 }),
      gone: fc.integer({ min: 0, max: 20 }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(store, async ({ users, there, gone }) => {
      const places = [...there, ...Array.from({ length: gone }, () => undefined)];
      const wanted = wantedOf(places.length);
      const surveyed = await surveying(bigDirectory(users, places), wanted);
      const calls = surveyed.pagesListed + surveyed.usersAsked;
      expect(surveyed.turns).toBe(calls);
      expect(Object.keys(surveyed.status).sort()).toEqual(wanted.sort());
      expect(calls).toBeLessThanOrEqual(2 * Math.min(wanted.length, Math.ceil(users / 100) + gone) + 1);
    }),
  );
});
