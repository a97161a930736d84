import { renderDenyPolicies } from '../../lambda/domain/role-sessions/deny-policy.ts';
import type { DeniedUser } from '../../lambda/domain/role-sessions/deny-statement.ts';
import type { PolicyRoom } from '../../lambda/domain/role-sessions/place-denials.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
/** Five thousand. */
const id = (n: number) => `${n.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
const removed = Array.from({ length: 5000 }, (_, n) => ({ userId: id(n), until: new Date(START + n) }));
/** The worst case: every user has a different cutoff. */
const cut = removed.slice(0, 1500).map((user, n) => ({ ...user, issuedBefore: new Date(START + n * 1000) }));

/** How many of these users fit into one policy, counted from the last. */
function holds(users: DeniedUser[], characters: number): { all: number; unmerged: number } {
  const { policies } = renderDenyPolicies(users.slice(-400), { policies: 1, characters });
  const one = Array.from({ length: 60 }, (_, n) => n).findLast((n) =>
    isUnmerged(users.slice(0, n), characters),
  );
  return { all: policies[0]?.denied.length ?? 0, unmerged: one ?? 0 };
}

function isUnmerged(users: DeniedUser[], characters: number): boolean {
  const { policies, left } = renderDenyPolicies(users, { policies: 1, characters });
  const denied = policies.flatMap((policy) => policy.denied);
  return (
    left.length === 0 &&
    denied.every(({ denial, issuedBefore }) => denial.issuedBefore?.getTime() === issuedBefore?.getTime())
  );
}

const withLongIds = (users: DeniedUser[]) =>
  users.map((user) => ({ ...user, userId: `906791299c-${user.userId}` }));

// The README states these numbers.
test.each([
  [5_120, 36, 127, 24, 123],
  [10_240, 36, 258, 49, 254],
  [5_120, 47, 99, 23, 96],
  [10_240, 47, 201, 47, 198],
])(
  'a policy of %d characters and ids of %d hold %d removed users, %d with a cutoff each, %d that share one',
  (characters, idLength, removedUsers, own, shared) => {
    const of = (users: DeniedUser[]) => (idLength === 36 ? users : withLongIds(users));
    expect(holds(of(removed), characters).all).toBe(removedUsers);
    expect(holds(of(cut), characters)).toEqual({ all: shared, unmerged: own });
  },
);

test.each([
  [0, 161],
  [1, 256],
  [20, 1_206],
])('a denial of everyone with %d users excepted takes %d characters', (count, characters) => {
  const except = withLongIds(removed.slice(0, count)).map(({ userId }) => userId);
  const everyone = { except, issuedBefore: new Date(START), until: new Date(START + 1) };
  const room = { policies: 1, characters: 2_000 };
  const [one, none] = [[everyone], []].map((denials) => renderDenyPolicies(denials, room).policies[0]?.text);
  expect((one?.length ?? 0) - (none?.length ?? 0)).toBe(characters);
});

const rows: [string, DeniedUser[], PolicyRoom][] = [
  ['removed', removed, { policies: 20, characters: 10_240 }],
  ['removed', removed, { policies: 40, characters: 5120 }],
  ['with cutoffs', cut, { policies: 6, characters: 10_240 }],
  ['with cutoffs', cut, { policies: 13, characters: 5120 }],
];

test.each(rows)(
  '%s: all users fit; with one policy fewer, those whose denial ends first are left out',
  (_name, users, room) => {
    expect(renderDenyPolicies(users, room).left).toEqual([]);
    const { policies, left } = renderDenyPolicies(users, { ...room, policies: room.policies - 1 });
    expect(left.length).toBeGreaterThan(0);
    expect(left).toEqual(users.slice(0, left.length));
    expect(policies.flatMap(({ denied }) => denied)).toHaveLength(users.length - left.length);
  },
);

test.each(rows)(
  '%s: rendering takes less than 3 s, also with a quarter of the policies',
  (_name, users, room) => {
    const few = { ...room, policies: Math.floor(room.policies / 4) };
    expect(shortest(() => renderDenyPolicies(users, room))).toBeLessThan(3_000);
    expect(shortest(() => renderDenyPolicies(users, few))).toBeLessThan(3_000);
  },
);

/** The shortest of several runs, because other processes may use the machine. */
function shortest(task: () => unknown): number {
  const times = Array.from({ length: 3 }, () => {
    const start = performance.now();
    task();
    return performance.now() - start;
  });
  return Math.min(...times);
}

describe('500 signed-out and 100 removed users in five policies of 5,120 characters', () => {
  const room = { policies: 5, characters: 5_120 };
  const people = [...cut.slice(0, 500), ...removed.slice(500, 600)];

  /** Adds one user at a time, each time to the policies as the reconciler finds them. */
  function arrive(users: DeniedUser[]) {
    let texts = renderDenyPolicies([], room).policies.map(({ text }) => text);
    let mostChanged = 0;
    let left = 0;
    for (const [index] of users.entries()) {
      const { policies, left: without } = renderDenyPolicies(users.slice(0, index + 1), room, texts);
      const now = policies.map(({ text }) => text);
      mostChanged = Math.max(mostChanged, now.filter((text, n) => text !== texts[n]).length);
      left += without.length;
      texts = now;
    }
    return { mostChanged, left };
  }

  test('everybody fits if all arrive at once', () => {
    const { policies, left } = renderDenyPolicies(people, room);
    expect(left).toEqual([]);
    expect(policies.flatMap(({ denied }) => denied)).toHaveLength(600);
  });

  test.each<[string, DeniedUser[]]>([
    ['the removed last', people],
    ['the removed first', people.toReversed()],
    ['mixed', people.map((_, n) => people[(n * 271) % 600] ?? { userId: '', until: new Date(0) })],
  ])(
    'everybody fits, and each newcomer changes at most one policy, if they arrive one by one: %s',
    (_name, users) => {
      expect(arrive(users)).toEqual({ mostChanged: 1, left: 0 });
    },
  );
});
