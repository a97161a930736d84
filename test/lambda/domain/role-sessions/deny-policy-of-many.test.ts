import {
  type DeniedUser,
  type PolicyRoom,
  renderDenyPolicies,
} from '../../../../lambda/domain/role-sessions/deny-policy.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const byId = (a: DeniedUser, b: DeniedUser) => (a.userId < b.userId ? -1 : 1);

/** Five thousand. */
const id = (n: number) => `${n.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
const removed = Array.from({ length: 5000 }, (_, n) => ({ userId: id(n), until: new Date(START + n) }));
/** The worst that can be: everybody has a statement of his own. */
const cut = removed.map((user, n) => ({ ...user, issuedBefore: new Date(START + n * 1000) }));

// 258 and 127 users to a policy, 49 and 24 where each has his own cutoff.
const rows: [string, DeniedUser[], PolicyRoom][] = [
  ['removed', removed, { policies: 20, characters: 10_240 }],
  ['removed', removed, { policies: 40, characters: 5120 }],
  ['with cutoffs', cut, { policies: 103, characters: 10_240 }],
  ['with cutoffs', cut, { policies: 209, characters: 5120 }],
];

test.each(rows)(
  '%s: all have a place, and with one more than fit, the first to leave has none',
  (_name, users, room) => {
    expect(renderDenyPolicies(users, room).left).toEqual([]);
    const fewer = { ...room, policies: room.policies - 1 };
    const { policies, left } = renderDenyPolicies(users, fewer);
    const placed = users.slice(left.length);
    expect(policies.flatMap((policy) => policy.users).toSorted(byId)).toEqual(placed);
    expect(renderDenyPolicies(placed, fewer).left).toEqual([]);
    const oneMore = users.slice(left.length - 1);
    expect(renderDenyPolicies(oneMore, fewer).left).toEqual(oneMore.slice(0, 1));
  },
);

test.each(rows)(
  '%s: it takes a few times as long as their JSON, as nothing is written to be measured',
  (_name, users, room) => {
    const fewer = { ...room, policies: room.policies - 1 };
    const { policies } = renderDenyPolicies(users, room);
    const json = shortest(() => JSON.parse(JSON.stringify(policies)));
    expect(shortest(() => renderDenyPolicies(users, room))).toBeLessThan(20 * json);
    // And too many of them, for whom the number that fits is searched.
    expect(shortest(() => renderDenyPolicies(users, fewer))).toBeLessThan(100 * json);
  },
);

/** Of several runs, as others may keep the machine busy. */
function shortest(task: () => unknown): number {
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    task();
    return performance.now() - start;
  });
  return Math.min(...times);
}
