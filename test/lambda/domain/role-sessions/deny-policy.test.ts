import fc from 'fast-check';
import {
  type DeniedUser,
  type PolicyRoom,
  renderDenyPolicies,
} from '../../../../lambda/domain/role-sessions/deny-policy.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const HOUR = 3_600_000;
const anHourOn = new Date(START + HOUR);
const ONE: PolicyRoom = { policies: 1, characters: 5120 };

const ANA = '0a000000-0000-4000-8000-000000000001';
const BEN = '9067f0a1b2-0b000000-0000-4000-8000-000000000002';
const CEM = '0c000000-0000-4000-8000-000000000003';

const onlyText = (users: DeniedUser[]) => renderDenyPolicies(users, ONE).policies.map(({ text }) => text);

/** By hand, so that no code of ours tells what is right. */
const before =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":';

test('an empty list is a policy that names nobody, in every policy there is', () => {
  const text = `${before}{"StringEquals":{"identitystore:UserId":["nobody"]}}}]}`;
  expect(renderDenyPolicies([], { policies: 2, characters: text.length })).toEqual({
    policies: [
      { text, users: [] },
      { text, users: [] },
    ],
    left: [],
  });
});

test('removed users share a list, in the order of their ids', () => {
  expect(onlyText([{ userId: ANA, until: anHourOn }])).toEqual([
    `${before}{"StringEquals":{"identitystore:UserId":["nobody","${ANA}"]}}}]}`,
  ]);
  const later = new Date(START + 2 * HOUR);
  const users = [
    { userId: BEN, until: anHourOn },
    { userId: ANA, until: later },
  ];
  expect(onlyText(users)).toEqual([
    `${before}{"StringEquals":{"identitystore:UserId":["nobody","${ANA}","${BEN}"]}}}]}`,
  ]);
});

test('users with a cutoff have a statement for each second in which somebody has one', () => {
  const cut = (userId: string, issuedBefore: string) => ({
    userId,
    until: anHourOn,
    issuedBefore: new Date(issuedBefore),
  });
  const users = [
    cut(CEM, '2026-01-01T00:00:04.001Z'),
    cut(BEN, '2025-12-31T23:59:59.999Z'),
    cut(ANA, '2026-01-01T00:00:05Z'),
  ];
  const deny =
    '{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"identitystore:UserId":';
  expect(onlyText(users)).toEqual([
    [
      `${before}{"StringEquals":{"identitystore:UserId":["nobody"]}}}`,
      `${deny}["${BEN}"]},"DateLessThan":{"aws:TokenIssueTime":"2026-01-01T00:00:00Z"}}}`,
      `${deny}["${ANA}","${CEM}"]},"DateLessThan":{"aws:TokenIssueTime":"2026-01-01T00:00:05Z"}}}]}`,
    ].join(','),
  ]);
});

const EMPTY = 149;

test.each<[string, DeniedUser[], PolicyRoom]>([
  ['no room for the placeholder', [], { policies: 1, characters: EMPTY - 1 }],
  ['no policy', [], { policies: 0, characters: 5120 }],
  ['half a policy', [], { policies: 0.5, characters: 5120 }],
  ['a room of unknown size', [], { policies: 1, characters: Number.NaN }],
  ['the placeholder as a user', [{ userId: 'nobody', until: anHourOn }], ONE],
  ['a cutoff that is no date', [{ userId: ANA, until: anHourOn, issuedBefore: new Date('?') }], ONE],
  [
    'a user twice',
    [
      { userId: ANA, until: anHourOn },
      { userId: ANA, until: anHourOn, issuedBefore: anHourOn },
    ],
    ONE,
  ],
])('%s is a RangeError', (_name, users, room) => {
  expect(() => renderDenyPolicies(users, room)).toThrow(RangeError);
});

interface Statement {
  Condition: { StringEquals: Record<string, string[]>; DateLessThan?: Record<string, string> };
}

/** Whom a text denies: `id` or `id before cutoff`, as often as it says so. */
function deniedBy(text: string): string[] {
  const { Statement: statements }: { Statement: Statement[] } = JSON.parse(text);
  return statements.flatMap(({ Condition: { StringEquals, DateLessThan } }) => {
    const cutoff = DateLessThan ? ` before ${DateLessThan['aws:TokenIssueTime']}` : '';
    return (StringEquals['identitystore:UserId'] ?? []).map((id) => `${id}${cutoff}`);
  });
}

function denialOf({ userId, issuedBefore }: DeniedUser): string {
  if (!issuedBefore) return userId;
  const seconds = Math.floor((issuedBefore.getTime() + 999) / 1000);
  return `${userId} before ${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}

/** The naive way to the same: writes the text to see whether it fits. */
function slowly(users: DeniedUser[], room: PolicyRoom): string[] | undefined {
  const policies: DeniedUser[][] = Array.from({ length: room.policies }, () => []);
  let open = 0;
  for (const user of users) {
    while (written([...(policies[open] ?? []), user]).length > room.characters && open < room.policies)
      open += 1;
    const place = policies[open];
    if (!place) return undefined;
    place.push(user);
  }
  return policies.map(written);
}

function written(users: DeniedUser[]): string {
  const cutoffs = Map.groupBy(users.map(denialOf).sort(), (denial) => denial.split(' before ')[1] ?? '');
  const removed = ['nobody', ...(cutoffs.get('') ?? [])];
  cutoffs.delete('');
  const statement = (ids: string[], more: object) => ({
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: { StringEquals: { 'identitystore:UserId': ids.map((id) => id.split(' ')[0]) }, ...more },
  });
  const cut = [...cutoffs]
    .sort(([a], [b]) => Date.parse(a) - Date.parse(b))
    .map(([cutoff, ids]) => statement(ids, { DateLessThan: { 'aws:TokenIssueTime': cutoff } }));
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement(removed, {}), ...cut] });
}

const anyId = fc.oneof(
  fc.uuid(),
  fc.uuid().map((id) => `9067f0a1b2-${id}`),
);
/** Within a few seconds, so that some are shared, some are whole, and some fall into the same second. */
const issuedBefore = fc.oneof(
  fc.integer({ min: 0, max: 4000 }),
  fc.integer({ min: 0, max: 4 }).map((seconds) => seconds * 1000),
);
const cutoff = fc
  .option(issuedBefore)
  .map((millis) => (millis === null ? {} : { issuedBefore: new Date(START + millis) }));
/** Few, so that many denials end together. */
const until = fc.integer({ min: 1, max: 8 }).map((hours) => new Date(START + hours * HOUR));

const distinct = (user: fc.Arbitrary<DeniedUser>) =>
  fc.uniqueArray(user, { selector: ({ userId }) => userId, maxLength: 40, size: 'max' });
const anyUser = fc
  .record({ userId: anyId, cutoff, until })
  .map(({ cutoff, ...user }) => ({ ...user, ...cutoff }));
const anyUsers = distinct(anyUser);
const anyRoom = fc.record({
  policies: fc.integer({ min: 1, max: 5 }),
  characters: fc.integer({ min: EMPTY, max: 1500 }),
});
/** Few users to a policy, yet policies enough for forty users. */
const enoughRoom = fc.record({
  policies: fc.constant(42),
  characters: fc.integer({ min: 400, max: 900 }),
});

const byId = (a: DeniedUser, b: DeniedUser) => (a.userId < b.userId ? -1 : 1);
const byEnd = (a: DeniedUser, b: DeniedUser) => a.until.getTime() - b.until.getTime() || byId(a, b);
const byWorth = (a: DeniedUser, b: DeniedUser) =>
  Number(a.issuedBefore === undefined) - Number(b.issuedBefore === undefined) || byEnd(a, b);

/** The number of the policy in which each user is. */
function placesOf(users: DeniedUser[], room: PolicyRoom): Map<string, number> {
  const { policies } = renderDenyPolicies(users, room);
  return new Map(policies.flatMap((policy, index) => policy.users.map(({ userId }) => [userId, index])));
}

describe('for any users and room', () => {
  test('every user is left or denied once, with his cutoff, and nobody else is denied', () => {
    fc.assert(
      fc.property(anyUsers, anyRoom, (users, room) => {
        const { policies, left } = renderDenyPolicies(users, room);
        const placed = policies.flatMap((policy) => policy.users);
        expect([...placed, ...left].toSorted(byId)).toEqual(users.toSorted(byId));
        for (const policy of policies) {
          expect(deniedBy(policy.text).sort()).toEqual(['nobody', ...policy.users.map(denialOf)].sort());
        }
      }),
    );
  });

  test('there are as many policies as there may be, none over the quota', () => {
    fc.assert(
      fc.property(anyUsers, anyRoom, (users, room) => {
        const { policies } = renderDenyPolicies(users, room);
        expect(policies).toHaveLength(room.policies);
        for (const { text } of policies) expect(text.length).toBeLessThanOrEqual(room.characters);
      }),
    );
  });

  test('the order in which users are given does not matter', () => {
    const shuffled = anyUsers.chain((users) =>
      fc.tuple(fc.constant(users), fc.shuffledSubarray(users, { minLength: users.length })),
    );
    fc.assert(
      fc.property(shuffled, anyRoom, ([users, others], room) => {
        expect(renderDenyPolicies(others, room)).toEqual(renderDenyPolicies(users, room));
      }),
    );
  });

  test('who is left matters no more than anybody who is not: signed out rather than removed, then sooner over', () => {
    fc.assert(
      fc.property(anyUsers, anyRoom, (users, room) => {
        const { policies, left } = renderDenyPolicies(users, room);
        expect(left).toEqual(left.toSorted(byWorth));
        const placed = policies.flatMap((policy) => policy.users).toSorted(byWorth);
        const [last, first] = [left.at(-1), placed[0]];
        if (last && first) expect(byWorth(last, first)).toBeLessThan(0);
      }),
    );
  });

  test('a text is counted to the character: a policy that is one shorter does not hold the same users', () => {
    fc.assert(
      fc.property(anyUsers, (users) => {
        fc.pre(users.length > 0);
        const [text = ''] = renderDenyPolicies(users, { policies: 1, characters: 100_000 }).policies.map(
          (policy) => policy.text,
        );
        expect(renderDenyPolicies(users, { policies: 1, characters: text.length }).left).toEqual([]);
        expect(renderDenyPolicies(users, { policies: 1, characters: text.length - 1 }).left).not.toEqual([]);
      }),
    );
  });

  test('places and texts are those of the naive way, and with one user more that one has no place either', () => {
    fc.assert(
      fc.property(anyUsers, anyRoom, (users, room) => {
        const { policies, left } = renderDenyPolicies(users, room);
        const without = (few: DeniedUser[]) => users.filter((user) => !few.includes(user)).toSorted(byEnd);
        expect(slowly(without(left), room)).toEqual(policies.map(({ text }) => text));
        if (left.length > 0) expect(slowly(without(left.slice(0, -1)), room)).toBeUndefined();
      }),
    );
  });
});

describe('while all fit', () => {
  test('a newcomer whose denial ends last moves nobody', () => {
    fc.assert(
      fc.property(anyUsers, anyUser, enoughRoom, (users, one, room) => {
        fc.pre(users.every(({ userId }) => userId !== one.userId));
        const newcomer = { ...one, until: new Date(START + 9 * HOUR) };
        const now = placesOf([...users, newcomer], room);
        expect(now.delete(newcomer.userId)).toBe(true);
        expect(now).toEqual(placesOf(users, room));
      }),
    );
  });

  test('when one leaves, the others stay or move to an earlier policy', () => {
    fc.assert(
      fc.property(anyUsers, fc.nat(), enoughRoom, (users, nth, room) => {
        fc.pre(users.length > 0);
        const then = placesOf(users, room);
        const now = placesOf(users.toSpliced(nth % users.length, 1), room);
        for (const [userId, place] of now) expect(place).toBeLessThanOrEqual(then.get(userId) ?? -1);
      }),
    );
  });

  test('who would fit an earlier policy does not go back, as a leaver could then move another to a later one', () => {
    const room = { policies: 3, characters: EMPTY + 80 };
    const ana = { userId: ANA, until: anHourOn };
    const ben = { userId: BEN, until: new Date(START + 2 * HOUR) };
    const cem = { userId: CEM, until: new Date(START + 3 * HOUR) };
    const places = (users: DeniedUser[]) => Object.fromEntries(placesOf(users, room));
    expect(places([ana, ben, cem])).toEqual({ [ANA]: 0, [BEN]: 1, [CEM]: 2 });
    expect(places([ben, cem])).toEqual({ [BEN]: 0, [CEM]: 1 });
  });
});
