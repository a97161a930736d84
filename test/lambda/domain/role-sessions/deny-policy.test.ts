import fc from 'fast-check';
import { renderDenyPolicies } from '../../../../lambda/domain/role-sessions/deny-policy.ts';
import type {
  DeniedEveryone,
  DeniedUser,
  ToDeny,
} from '../../../../lambda/domain/role-sessions/deny-statement.ts';
import type { PolicyRoom } from '../../../../lambda/domain/role-sessions/place-denials.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const HOUR = 3_600_000;
const anHourOn = new Date(START + HOUR);
const ONE: PolicyRoom = { policies: 1, characters: 5120 };

const ANA = '0a000000-0000-4000-8000-000000000001';
const BEN = '9067f0a1b2-0b000000-0000-4000-8000-000000000002';
const CEM = '0c000000-0000-4000-8000-000000000003';

const onlyText = (users: DeniedUser[]) => renderDenyPolicies(users, ONE).policies.map(({ text }) => text);

/** Written by hand, so that our own code does not decide what is right. */
const before =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":';

test('an empty list renders every policy with a placeholder that matches nobody', () => {
  const text = `${before}{"StringEquals":{"identitystore:UserId":["nobody"]}}}]}`;
  expect(renderDenyPolicies([], { policies: 2, characters: text.length })).toEqual({
    policies: [
      { text, denied: [] },
      { text, denied: [] },
    ],
    left: [],
  });
});

test('removed users share one list, ordered by id', () => {
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

test('users with a cutoff share one statement per second', () => {
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

test('everyone is one statement after the placeholder, with the excepted ordered by id', () => {
  const everyone = { except: [BEN, ANA], issuedBefore: new Date(START + 1), until: anHourOn };
  const texts = (denial: DeniedEveryone) =>
    renderDenyPolicies([denial], ONE).policies.map(({ text }) => text);
  const begin = `${before}{"StringEquals":{"identitystore:UserId":["nobody"]}}},{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Null":{"identitystore:UserId":"false"}`;
  const end = '"DateLessThan":{"aws:TokenIssueTime":"2026-01-01T00:00:01Z"}}}]}';
  expect(texts(everyone)).toEqual([
    `${begin},"StringNotEquals":{"identitystore:UserId":["${ANA}","${BEN}"]},${end}`,
  ]);
  expect(texts({ ...everyone, except: [] })).toEqual([`${begin},${end}`]);
});

const EMPTY = 149;
/** The characters that an id of 36 adds, with its quotes and comma. */
const ID = 39;
/** The characters of a statement with a cutoff and its comma, without the users and their commas. */
const STATEMENT =
  ',{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"identitystore:UserId":[]},"DateLessThan":{"aws:TokenIssueTime":"2026-01-01T00:00:00Z"}}}'
    .length - 1;

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

/** The users that a text denies, as `id` or `id before cutoff`, as often as it denies them. */
function deniedBy(text: string): string[] {
  const { Statement: statements }: { Statement: Statement[] } = JSON.parse(text);
  return statements.flatMap(({ Condition: { StringEquals, DateLessThan } }) => {
    const cutoff = DateLessThan ? ` before ${DateLessThan['aws:TokenIssueTime']}` : '';
    return (StringEquals['identitystore:UserId'] ?? []).map((id) => `${id}${cutoff}`);
  });
}

/** Rounded up to a whole second, because AWS gives issue times in whole seconds. */
function wholeSecond(issuedBefore: Date): Date {
  return new Date(Math.floor((issuedBefore.getTime() + 999) / 1000) * 1000);
}

function denialOf(userId: string, cutoff: Date | undefined): string {
  return cutoff ? `${userId} before ${cutoff.toISOString().slice(0, 19)}Z` : userId;
}

function isUser(denial: ToDeny): denial is DeniedUser {
  return 'userId' in denial;
}

function rendered(users: DeniedUser[], room: PolicyRoom, current: string[] = []) {
  const { policies, left } = renderDenyPolicies(users, room, current);
  const placed = policies.map(({ denied }) =>
    denied.flatMap(({ denial, issuedBefore }) =>
      isUser(denial) ? [{ ...denial, cutoff: issuedBefore }] : [],
    ),
  );
  return { texts: policies.map(({ text }) => text), placed, left: left.filter(isUser) };
}

const anyId = fc.oneof(
  fc.uuid(),
  fc.uuid().map((id) => `9067f0a1b2-${id}`),
);
/** Within a few seconds, so that some are equal, some are whole, and some fall into the same second. */
const issuedBefore = fc.oneof(
  fc.integer({ min: 0, max: 4000 }),
  fc.integer({ min: 0, max: 4 }).map((seconds) => seconds * 1000),
);
const cutoff = fc
  .option(issuedBefore)
  .map((millis) => (millis === null ? {} : { issuedBefore: new Date(START + millis) }));
/** Few values, so that many denials end together. */
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
/** Few users per policy, but enough policies for forty users. */
const enoughRoom = fc.record({
  policies: fc.constant(42),
  characters: fc.integer({ min: 400, max: 900 }),
});
/** Enough for forty users if cutoffs are merged, and rarely otherwise. */
const roomByMerging = fc.record({
  policies: fc.constant(6),
  characters: fc.integer({ min: 800, max: 1200 }),
});

const byId = (a: DeniedUser, b: DeniedUser) => (a.userId < b.userId ? -1 : 1);
const byEnd = (a: DeniedUser, b: DeniedUser) => a.until.getTime() - b.until.getTime() || byId(a, b);
const byWorth = (a: DeniedUser, b: DeniedUser) =>
  Number(a.issuedBefore === undefined) - Number(b.issuedBefore === undefined) || byEnd(a, b);

describe('for any users and room', () => {
  test('every user is left out or denied once, with the own cutoff or a later one of others, and nobody else is denied', () => {
    fc.assert(
      fc.property(anyUsers, anyRoom, (users, room) => {
        const { texts, placed, left } = rendered(users, room);
        const unchanged = placed.flat().map(({ cutoff: _, ...user }) => user);
        expect([...unchanged, ...left].toSorted(byId)).toEqual(users.toSorted(byId));
        const cutoffs = users.flatMap(({ issuedBefore: own }) => (own ? [wholeSecond(own).getTime()] : []));
        for (const { issuedBefore: own, cutoff } of placed.flat()) {
          expect(cutoff === undefined).toBe(own === undefined);
          if (!cutoff || !own) continue;
          expect(cutoff.getTime()).toBeGreaterThanOrEqual(own.getTime());
          expect(cutoffs).toContain(cutoff.getTime());
        }
        for (const [index, text] of texts.entries()) {
          const said = (placed[index] ?? []).map(({ userId, cutoff }) => denialOf(userId, cutoff));
          expect(deniedBy(text).sort()).toEqual(['nobody', ...said].sort());
        }
      }),
    );
  });

  test('there are as many policies as configured, and none exceeds the quota', () => {
    fc.assert(
      fc.property(anyUsers, anyRoom, (users, room) => {
        const { policies } = renderDenyPolicies(users, room);
        expect(policies).toHaveLength(room.policies);
        for (const { text } of policies) expect(text.length).toBeLessThanOrEqual(room.characters);
      }),
    );
  });

  test('the order of the users does not matter', () => {
    const shuffled = anyUsers.chain((users) =>
      fc.tuple(fc.constant(users), fc.shuffledSubarray(users, { minLength: users.length })),
    );
    fc.assert(
      fc.property(shuffled, anyRoom, ([users, others], room) => {
        const { texts, left } = rendered(users, room);
        expect(rendered(others, room)).toMatchObject({ texts, left });
      }),
    );
  });

  test('those left out matter least: signed-out users before removed ones, then those whose denial ends first', () => {
    fc.assert(
      fc.property(anyUsers, anyRoom, (users, room) => {
        const { placed, left } = rendered(users, room);
        expect(left).toEqual(left.toSorted(byWorth));
        const [last, first] = [left.at(-1), placed.flat().toSorted(byWorth)[0]];
        if (last && first) expect(byWorth(last, first)).toBeLessThan(0);
      }),
    );
  });

  test('if all ids have the same length, nobody is left out who would fit by merging', () => {
    const alike = fc
      .record({ userId: fc.uuid(), cutoff, until })
      .map(({ cutoff, ...user }) => ({ ...user, ...cutoff }));
    fc.assert(
      fc.property(distinct(alike), anyRoom, (users, room) => {
        const { placed, left } = rendered(users, room);
        const one = left.at(-1);
        if (!one) return;
        const all = [...placed.flat(), one];
        const perPolicy = (taken: number) => Math.floor((room.characters - EMPTY - taken) / ID);
        const removed = all.filter(({ issuedBefore: own }) => !own).length;
        // The best possible: removed users fill whole policies, and the others share one cutoff in each remaining one.
        const full = perPolicy(0) > 0 ? Math.floor(removed / perPolicy(0)) : room.policies;
        const inMixed = Math.max(0, perPolicy(STATEMENT) - (removed - full * perPolicy(0)));
        const room4others = inMixed + (room.policies - full - 1) * Math.max(0, perPolicy(STATEMENT));
        const others = all.length - removed;
        const fits = removed <= room.policies * perPolicy(0) && (others === 0 || others <= room4others);
        expect(fits).toBe(false);
      }),
    );
  });

  test('characters are counted exactly: with one fewer, the text changes', () => {
    fc.assert(
      fc.property(anyUsers, (users) => {
        fc.pre(users.length > 0);
        const [text = ''] = rendered(users, { policies: 1, characters: 100_000 }).texts;
        expect(rendered(users, { policies: 1, characters: text.length }).texts).toEqual([text]);
        expect(rendered(users, { policies: 1, characters: text.length - 1 }).texts).not.toEqual([text]);
      }),
    );
  });
});

describe('if all users fit', () => {
  const isIn = (users: DeniedUser[], { userId }: DeniedUser) => users.some((user) => user.userId === userId);

  test('no cutoff is merged while there is room for each', () => {
    fc.assert(
      fc.property(anyUsers, enoughRoom, (users, room) => {
        for (const { issuedBefore: own, cutoff } of rendered(users, room).placed.flat()) {
          expect(cutoff).toEqual(own && wholeSecond(own));
        }
      }),
    );
  });

  test('a newcomer changes at most one policy, even if cutoffs must be merged', () => {
    fc.assert(
      fc.property(anyUsers, anyUser, roomByMerging, (users, newcomer, room) => {
        fc.pre(!isIn(users, newcomer));
        const then = rendered(users, room);
        const now = rendered([...users, newcomer], room, then.texts);
        fc.pre(now.left.length === 0);
        expect(now.texts.filter((text, index) => text !== then.texts[index])).toHaveLength(1);
      }),
    );
  });

  test("if a user leaves, only that user's policy changes, and no cutoff moves back", () => {
    fc.assert(
      fc.property(anyUsers, fc.nat(), roomByMerging, (users, nth, room) => {
        fc.pre(users.length > 0);
        const then = rendered(users, room);
        fc.pre(then.left.length === 0);
        const leaver = users[nth % users.length]?.userId;
        // As the reconciler records it.
        const rest = then.placed.flat().flatMap(({ cutoff, ...user }) => {
          return user.userId === leaver ? [] : [{ ...user, ...(cutoff && { heldBefore: cutoff }) }];
        });
        const now = rendered(rest, room, then.texts);
        const changed = now.texts.flatMap((text, index) => (text === then.texts[index] ? [] : [index]));
        expect(changed).toEqual([
          then.placed.findIndex((some) => some.some(({ userId }) => userId === leaver)),
        ]);
        const cutoffs = (placed: { userId: string; cutoff: Date | undefined }[][]) =>
          placed
            .flat()
            .flatMap(({ userId, cutoff }) => (userId === leaver ? [] : [denialOf(userId, cutoff)]));
        expect(cutoffs(now.placed).sort()).toEqual(cutoffs(then.placed).sort());
      }),
    );
  });
});

describe('merging', () => {
  const cut = (userId: string, seconds: number): DeniedUser => ({
    userId,
    until: anHourOn,
    issuedBefore: new Date(START + seconds * 1000),
  });
  const statements = (text: string) => deniedBy(text).filter((denial) => denial !== 'nobody');
  const [short, long] = [ID, BEN.length + 3];

  test('the nearest cutoffs are merged, and no more than necessary', () => {
    const users = [cut(ANA, 0), cut(CEM, 100), cut(BEN, 101)];
    const roomy = EMPTY + 3 * STATEMENT + 2 * short + long;
    const of = (characters: number) => rendered(users, { policies: 1, characters }).texts.flatMap(statements);
    expect(of(roomy)).toEqual([
      `${ANA} before 2026-01-01T00:00:00Z`,
      `${CEM} before 2026-01-01T00:01:40Z`,
      `${BEN} before 2026-01-01T00:01:41Z`,
    ]);
    expect(of(roomy - 1)).toEqual(
      [
        `${ANA} before 2026-01-01T00:00:00Z`,
        `${CEM} before 2026-01-01T00:01:41Z`,
        `${BEN} before 2026-01-01T00:01:41Z`,
      ].toSorted((a, b) => (a.slice(-20) < b.slice(-20) ? -1 : 0)),
    );
  });

  test('merging also makes room for a removed user, who shares no statement with signed-out users', () => {
    const users = [cut(ANA, 0), cut(CEM, 100), { userId: BEN, until: anHourOn }];
    const characters = EMPTY + STATEMENT + 2 * short + long;
    const { texts, left } = rendered(users, { policies: 1, characters });
    expect(left).toEqual([]);
    expect(texts.flatMap(statements)).toEqual([
      BEN,
      `${ANA} before 2026-01-01T00:01:40Z`,
      `${CEM} before 2026-01-01T00:01:40Z`,
    ]);
    expect(rendered(users, { policies: 1, characters: characters - 1 }).left).toEqual([users[0]]);
  });
});

describe('everyone', () => {
  const everyone: DeniedEveryone = { except: [ANA], issuedBefore: new Date(START), until: anHourOn };
  const people = Array.from({ length: 200 }, (_, n) => ({
    userId: `${n.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`,
    until: anHourOn,
  }));

  test('is placed in the first policy, whoever was there before', () => {
    const room = { policies: 2, characters: 5120 };
    const before = renderDenyPolicies(people, room).policies.map(({ text }) => text);
    const { policies, left } = renderDenyPolicies([...people, everyone], room, before);
    expect(left).toEqual([]);
    expect(policies.map(({ denied }) => denied.some(({ denial }) => denial === everyone))).toEqual([
      true,
      false,
    ]);
  });

  test('stays if the policies are full, and another user is left out', () => {
    const { policies, left } = renderDenyPolicies([...people, everyone], ONE);
    expect(left).not.toContain(everyone);
    expect(policies[0]?.text).toContain('"Null":{"identitystore:UserId":"false"}');
    // 127 users fit without the statement for everyone.
    expect(people.length - left.length).toBeGreaterThan(115);
  });

  test('makes another statement for other exceptions', () => {
    const other = { ...everyone, except: [BEN], issuedBefore: anHourOn };
    expect(renderDenyPolicies([everyone, other], ONE).policies[0]?.denied).toHaveLength(2);
  });
});
