import type { Denial } from '../../../../lambda/domain/denial.ts';
import { DomainError, type DomainErrorCode } from '../../../../lambda/domain/errors.ts';
import type { DenyPolicyStore } from '../../../../lambda/domain/ports.ts';
import { describeRevocation } from '../../../../lambda/domain/record/describe-revocation.ts';
import { renderDenyPolicies } from '../../../../lambda/domain/role-sessions/deny-policy.ts';
import {
  type ReconcileDeps,
  reconcileDenyList,
} from '../../../../lambda/domain/role-sessions/reconcile-deny-list.ts';
import { fakeDenyList } from '../../../support/fake-deny-list.ts';
import { ampleTime, fakeRecords, storeUnavailable } from '../../../support/fakes.ts';

const { signal } = new AbortController();
const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const at = (minute: number) => new Date(START + minute * MINUTE);
const MAX_ROLE_SESSION = 12 * 60;
const EMPTY = renderDenyPolicies([], { policies: 1, characters: 1_000 }).policies[0]?.text.length ?? 0;
/** The size of a policy with one user, too small for a second one. */
const ROOM_FOR_ONE = EMPTY + 40;

/** Policies in memory with planned failures. `writes` has the id of each written policy. */
function fakePolicies(...ids: string[]) {
  const texts = new Map(ids.map((id) => [id, '{}']));
  const writes: string[] = [];
  const failures = new Map<string, DomainErrorCode[]>();
  const failNext = (id: string) => {
    const code = failures.get(id)?.shift();
    if (code) throw new DomainError(code, 'as told', { name: 'Fake' });
  };
  const store: DenyPolicyStore = {
    async read(id) {
      return texts.get(id) ?? '';
    },
    async write(id, text) {
      failNext(id);
      writes.push(id);
      texts.set(id, text);
    },
  };
  const says = (id: string, userId: string) => (texts.get(id) ?? '').includes(userId);
  return { store, texts, writes, failures, says };
}

function given({ policies = ['p-1'], characters = 5_120 } = {}) {
  let minute = 0;
  const fake = fakePolicies(...policies);
  const list = fakeDenyList();
  const records = fakeRecords();
  const pauses: number[] = [];
  const wake = jest.fn(async () => {});
  const deps: ReconcileDeps = {
    clock: () => at(minute),
    list,
    policies: fake.store,
    records,
    reconciler: { wake },
    policyIds: policies,
    policyCharacters: characters,
    adopted: false,
    pause: async (millis) => void pauses.push(millis),
  };
  return {
    ...fake,
    deps,
    list,
    pauses,
    wake,
    pass(minutes: number) {
      minute += minutes;
    },
    reconcile: () => reconcileDenyList(deps, ampleTime()),
    /** A revocation that requests a denial. */
    async revoke(userId: string, overrides: Partial<Denial> = {}) {
      const until = new Date(at(minute).getTime() + MAX_ROLE_SESSION * MINUTE);
      const denial = { userId, revocationId: `of-${userId}`, until, ...overrides };
      await records.putHeader(
        {
          revocationId: denial.revocationId,
          subject: { userId },
          source: 'event',
          requestedBy: 'x',
          requestedAt: at(minute),
          portalSessionSeconds: 8 * 3600,
          maxRoleSessionSeconds: MAX_ROLE_SESSION * 60,
          denial: 'asked',
        },
        signal,
      );
      await list.enter(denial, signal);
    },
    async lift(userId: string) {
      for (const entry of await list.entriesOf(userId, signal))
        await list.lift(entry, { at: at(minute), by: 'an operator' }, signal);
    },
    async recorded(userId: string) {
      const { header, ...rest } = await records.read(`of-${userId}`, signal);
      if (!header) throw new Error('no header');
      return describeRevocation({ header, ...rest }, at(minute)).roleSessions;
    },
  };
}

test('after one run, the policy denies and the record has start and end; a second run changes nothing', async () => {
  const { revoke, reconcile, says, recorded, writes, pass } = given();
  await revoke('alice');
  expect(await recorded('alice')).toMatchObject({ deniedAt: null, notDenied: 'pending' });
  pass(1);
  expect(await reconcile()).toMatchObject({ usersDenied: 1, policiesUpdated: 1, settled: 1 });
  expect(says('p-1', 'alice')).toBe(true);
  const denied = { deniedAt: at(1).toISOString(), deniedUntil: at(MAX_ROLE_SESSION).toISOString() };
  expect(await recorded('alice')).toEqual({ mayContinueUntil: expect.any(String), ...denied });
  pass(1);
  expect(await reconcile()).toMatchObject({ policiesUpdated: 0, settled: 0 });
  expect(writes).toEqual(['p-1']);
  expect(await recorded('alice')).toMatchObject(denied);
});

test('when a denial ends, the policy no longer has it, and the record keeps its times', async () => {
  const { revoke, reconcile, says, recorded, pass } = given();
  await revoke('alice');
  await reconcile();
  pass(MAX_ROLE_SESSION - 1);
  await reconcile();
  expect(says('p-1', 'alice')).toBe(true);
  pass(1);
  expect(await reconcile()).toMatchObject({ usersDenied: 0, policiesUpdated: 1, settled: 0 });
  expect(says('p-1', 'alice')).toBe(false);
  const deniedUntil = at(MAX_ROLE_SESSION).toISOString();
  expect(await recorded('alice')).toMatchObject({ deniedAt: at(0).toISOString(), deniedUntil });
});

test('a denial that ended before it was in place is not recorded as in place, even if another one of the user is', async () => {
  const { revoke, reconcile, recorded, pass } = given();
  await revoke('alice', { until: at(1) });
  pass(1);
  await revoke('alice', { revocationId: 'another' });
  expect(await reconcile()).toMatchObject({ usersDenied: 1, settled: 1, unsettled: 0 });
  expect(await recorded('alice')).toMatchObject({ deniedAt: null, notDenied: 'pending' });
});

test('records of users who are denied are written first', async () => {
  const { deps, revoke, lift, reconcile } = given();
  const told: string[] = [];
  const { putDenied } = deps.records;
  deps.records.putDenied = (id, ...rest) => {
    told.push(id);
    return putDenied(id, ...rest);
  };
  await revoke('alice');
  await lift('alice');
  await revoke('bob');
  await reconcile();
  expect(told).toEqual(['of-bob', 'of-alice']);
});

test('fifty removals at once are one change of the policy', async () => {
  const { revoke, reconcile, writes } = given();
  await Promise.all(Array.from({ length: 50 }, (_, i) => revoke(`user-${i}`)));
  expect(await reconcile()).toMatchObject({ usersDenied: 50, policiesUpdated: 1, settled: 50 });
  expect(writes).toHaveLength(1);
});

test('a user who was removed and signed out is denied by id, and by the cutoff when the removal ends', async () => {
  const { revoke, reconcile, texts, pass } = given();
  const policy = () => JSON.parse(texts.get('p-1') ?? '').Statement;
  await revoke('alice', { revocationId: 'removal', until: at(60) });
  await revoke('alice', { revocationId: 'first', issuedBefore: at(1), until: at(90) });
  await revoke('alice', { revocationId: 'second', issuedBefore: at(5), until: at(90) });
  await reconcile();
  expect(policy()).toHaveLength(1);
  pass(60);
  await reconcile();
  const [, cutoff] = policy();
  expect(policy()).toHaveLength(2);
  expect(cutoff.Condition.DateLessThan).toEqual({ 'aws:TokenIssueTime': '2026-01-01T00:05:00Z' });
});

test('if a cutoff moves, the denial counts from then; the denial of a removed user counts from the first', async () => {
  const { revoke, reconcile, recorded, pass } = given();
  await revoke('cutoff', { issuedBefore: at(0), until: at(720) });
  await revoke('removed', { until: at(720) });
  await reconcile();
  pass(10);
  await revoke('cutoff', { issuedBefore: at(10), until: at(730) });
  await revoke('removed', { until: at(730) });
  await reconcile();
  const deniedUntil = at(730).toISOString();
  expect(await recorded('cutoff')).toMatchObject({ deniedAt: at(10).toISOString(), deniedUntil });
  expect(await recorded('removed')).toMatchObject({ deniedAt: at(0).toISOString(), deniedUntil });
});

describe('lifting', () => {
  test('removes the user from the policy, and the record says by whom', async () => {
    const { revoke, reconcile, says, recorded, lift, pass } = given();
    await revoke('alice');
    await reconcile();
    pass(5);
    await lift('alice');
    pass(1);
    expect(await reconcile()).toMatchObject({ usersDenied: 0, policiesUpdated: 1, settled: 1 });
    expect(says('p-1', 'alice')).toBe(false);
    expect(await recorded('alice')).toMatchObject({
      deniedAt: at(0).toISOString(),
      deniedUntil: at(6).toISOString(),
      notDenied: 'lifted',
      liftedBy: 'an operator',
    });
  });

  test('does not record a denial that was never in place', async () => {
    const { revoke, reconcile, recorded, lift } = given();
    await revoke('alice');
    await lift('alice');
    await reconcile();
    expect(await recorded('alice')).toMatchObject({ deniedAt: null, notDenied: 'lifted' });
  });

  test('is not recorded while a policy fails, because it may still deny', async () => {
    const { revoke, reconcile, recorded, lift, failures } = given();
    await revoke('alice');
    await reconcile();
    await lift('alice');
    failures.set('p-1', ['policy-refused']);
    expect(await reconcile()).toMatchObject({ policiesFailed: 1, settled: 0 });
    expect(await recorded('alice')).not.toHaveProperty('notDenied');
    await reconcile();
    expect(await recorded('alice')).toMatchObject({ notDenied: 'lifted' });
  });
});

describe('policies that fail', () => {
  test('a busy policy is read and tried again with growing pauses', async () => {
    const { revoke, reconcile, says, failures, pauses } = given();
    await revoke('alice');
    failures.set('p-1', ['policy-busy', 'policy-busy', 'policy-busy']);
    expect(await reconcile()).toMatchObject({ policiesUpdated: 1, policiesFailed: 0 });
    expect(pauses).toEqual([200, 400, 800]);
    expect(says('p-1', 'alice')).toBe(true);
  });

  test('a policy that stays busy is a failure, and its users are not recorded as denied until the next run', async () => {
    const { revoke, reconcile, recorded, failures } = given();
    await revoke('alice');
    failures.set(
      'p-1',
      Array.from({ length: 6 }, () => 'policy-busy' as const),
    );
    const { failure, ...counts } = await reconcile();
    expect(failure?.code).toBe('policy-busy');
    expect(counts).toMatchObject({ usersDenied: 0, policiesFailed: 1, settled: 0 });
    expect(await recorded('alice')).toMatchObject({ deniedAt: null, notDenied: 'pending' });
    await reconcile();
    expect(await recorded('alice')).not.toHaveProperty('notDenied');
  });

  test('a policy that refuses is not tried again, and the others still change', async () => {
    const { revoke, reconcile, recorded, failures, pauses } = given({
      policies: ['p-1', 'p-2'],
      characters: ROOM_FOR_ONE,
    });
    await revoke('alice'.repeat(5), { until: at(1) });
    await revoke('bob'.repeat(9), { until: at(2) });
    failures.set('p-1', ['policy-refused']);
    expect(await reconcile()).toMatchObject({ policiesUpdated: 1, policiesFailed: 1, usersDenied: 1 });
    expect(pauses).toEqual([]);
    expect(await recorded('alice'.repeat(5))).toMatchObject({ notDenied: 'no-room' });
    expect(await recorded('bob'.repeat(9))).not.toHaveProperty('notDenied');
  });

  test('if a user moves to another policy, that one denies the user before the first one stops', async () => {
    const { revoke, reconcile, says, deps, texts, pass } = given({
      policies: ['p-1', 'p-2'],
      characters: 400,
    });
    const [stays, moves] = ['alice'.repeat(5), 'bob'.repeat(9)];
    await revoke(stays, { issuedBefore: at(0), until: at(10) });
    await revoke(moves, { issuedBefore: at(0), until: at(10) });
    await revoke('carol'.repeat(5), { until: at(10) });
    await reconcile();
    expect([says('p-1', stays), says('p-1', moves)]).toEqual([true, true]);
    const { write } = deps.policies;
    const uncovered: boolean[] = [];
    deps.policies.write = async (...args) => {
      await write(...args);
      uncovered.push(!says('p-1', moves) && !says('p-2', moves));
    };
    pass(1);
    await revoke(moves, { issuedBefore: at(1), until: at(11) });
    expect(await reconcile()).toMatchObject({ policiesUpdated: 2, usersDenied: 3 });
    expect([says('p-1', moves), says('p-2', moves)]).toEqual([false, true]);
    expect(uncovered).toEqual([false, false]);
    expect(texts.get('p-2')).toContain('2026-01-01T00:01:00Z');
  });

  test('users of a policy that refuses are denied by the others, as far as they have room', async () => {
    const { revoke, reconcile, says, failures, recorded, pass } = given({
      policies: ['p-1', 'p-2'],
      characters: ROOM_FOR_ONE,
    });
    const [first, second, third] = ['alice'.repeat(5), 'bob'.repeat(9), 'cecil'.repeat(5)];
    await revoke(first, { until: at(10) });
    await revoke(second, { until: at(100) });
    await reconcile();
    pass(10);
    await revoke(third, { until: at(200) });
    failures.set('p-1', ['policy-refused']);
    const refused = await reconcile();
    expect(refused).toMatchObject({ policiesFailed: 1, usersDenied: 1, usersWithoutRoom: 1 });
    expect(says('p-2', third)).toBe(true);
    expect(await recorded(second)).toMatchObject({ notDenied: 'no-room', deniedUntil: at(10).toISOString() });
    pass(1);
    await reconcile();
    expect([says('p-1', second), says('p-2', third)]).toEqual([true, true]);
    expect(await recorded(second)).toMatchObject({ deniedAt: at(11).toISOString() });
    expect(await recorded(second)).not.toHaveProperty('notDenied');
  });

  test('if time runs out while a policy is busy, that is the failure, and its users are not recorded as denied', async () => {
    const { revoke, reconcile, deps, failures, recorded } = given();
    await revoke('alice');
    failures.set('p-1', ['policy-busy']);
    deps.pause = () => Promise.reject(new Error('out of time'));
    expect(await reconcile()).toMatchObject({ failure: { code: 'policy-busy' } });
    expect(await recorded('alice')).toMatchObject({ notDenied: 'pending' });
  });

  test('an adopted policy is changed only if it is a deny list', async () => {
    const { revoke, reconcile, texts, deps, says } = given();
    deps.adopted = true;
    await revoke('alice');
    const guardrail = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}';
    texts.set('p-1', guardrail);
    expect(await reconcile()).toMatchObject({ failure: { code: 'policy-refused' }, policiesUpdated: 0 });
    expect(texts.get('p-1')).toBe(guardrail);
    const placeholder = { StringEquals: { 'identitystore:userId': 'Add user ID here' } };
    const statement = { Effect: 'Deny', Action: ['*'], Resource: '*', Condition: placeholder };
    texts.set('p-1', JSON.stringify({ Version: '2012-10-17', Statement: [statement] }));
    expect(await reconcile()).toMatchObject({ policiesUpdated: 1 });
    expect(says('p-1', 'alice')).toBe(true);
  });

  test('a policy that somebody edited is restored, unless only white space differs', async () => {
    const { revoke, reconcile, says, texts, writes } = given();
    await revoke('alice');
    await reconcile();
    texts.set('p-1', JSON.stringify(JSON.parse(texts.get('p-1') ?? ''), null, 2));
    await reconcile();
    expect(writes).toHaveLength(1);
    for (const edited of ['not even JSON', '{"Version":"2012-10-17","Statement":[]}', '']) {
      texts.set('p-1', edited);
      expect(await reconcile()).toMatchObject({ policiesUpdated: 1 });
      expect(says('p-1', 'alice')).toBe(true);
    }
  });
});

describe('if the policies are full', () => {
  const full = { policies: ['p-1'], characters: ROOM_FOR_ONE };

  test('the users whose denial lasts longest stay, and those without room are counted and recorded', async () => {
    const { revoke, reconcile, recorded } = given(full);
    await revoke('soon-over-'.repeat(3), { until: at(10) });
    await revoke('for-longer-'.repeat(3), { until: at(20) });
    expect(await reconcile()).toMatchObject({ usersDenied: 1, usersWithoutRoom: 1 });
    expect(await recorded('soon-over-'.repeat(3))).toMatchObject({ deniedAt: null, notDenied: 'no-room' });
    expect(await recorded('for-longer-'.repeat(3))).toMatchObject({ deniedAt: at(0).toISOString() });
  });

  test('a user who is pushed out is recorded as denied until then, and with room again from then', async () => {
    const { revoke, reconcile, recorded, lift, pass } = given(full);
    const [pushed, newcomer] = ['pushed-out-'.repeat(3), 'newcomer-'.repeat(3)];
    await revoke(pushed, { until: at(600), issuedBefore: at(0) });
    expect(await reconcile()).toMatchObject({ usersWithoutRoom: 1 });
    await lift(pushed);
    await revoke(pushed, { until: at(600), revocationId: `of-${pushed}-2` });
    await reconcile();
    pass(5);
    await revoke(newcomer, { until: at(700) });
    expect(await reconcile()).toMatchObject({ usersWithoutRoom: 1, usersDenied: 1 });
    expect(await recorded(`${pushed}-2`)).toMatchObject({
      deniedAt: at(0).toISOString(),
      deniedUntil: at(5).toISOString(),
      notDenied: 'no-room',
    });
    await lift(newcomer);
    pass(1);
    await reconcile();
    const again = await recorded(`${pushed}-2`);
    expect(again).toMatchObject({ deniedAt: at(6).toISOString(), deniedUntil: at(600).toISOString() });
    expect(again).not.toHaveProperty('notDenied');
  });
});

describe('if a newcomer fits only after others move', () => {
  /** A user id that takes so many characters of a list. */
  const taking = (characters: number, letter: string) => letter.repeat(characters - 3);
  const characters = EMPTY + 60;

  test('the policy that gains a user is written before the one that loses the user', async () => {
    const { revoke, reconcile, lift, writes, says } = given({ policies: ['p-1', 'p-2'], characters });
    const [first, second, large] = [taking(30, 'a'), taking(30, 'b'), taking(60, 'c')];
    await revoke(first);
    await revoke(taking(30, 'A'));
    await revoke(second);
    await reconcile();
    await lift(taking(30, 'A'));
    await reconcile();
    expect([says('p-1', first), says('p-2', second)]).toEqual([true, true]);
    writes.splice(0);
    await revoke(large);
    expect(await reconcile()).toMatchObject({ usersDenied: 3, usersWithoutRoom: 0 });
    expect(writes).toEqual(['p-1', 'p-2']);
    expect([says('p-1', second), says('p-2', large)]).toEqual([true, true]);
  });

  test('two policies that exchange users are both written', async () => {
    const policies = ['p-1', 'p-2', 'p-3'];
    const { revoke, reconcile, texts, says } = given({ policies, characters });
    const [a, b, c, d] = [taking(30, 'a'), taking(40, 'b'), taking(50, 'c'), taking(20, 'd')];
    const only = (userId: string) =>
      renderDenyPolicies([{ userId, until: at(720) }], { policies: 1, characters }).policies[0]?.text ?? '';
    texts.set('p-1', only(b)).set('p-2', only(a)).set('p-3', only(d));
    for (const userId of [a, b, d]) await revoke(userId);
    expect(await reconcile()).toMatchObject({ policiesUpdated: 0, usersDenied: 3 });
    await revoke(c);
    expect(await reconcile()).toMatchObject({ policiesUpdated: 3, usersDenied: 4 });
    expect([says('p-1', a), says('p-1', d), says('p-2', b), says('p-3', c)]).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });
});

describe('if cutoffs must be merged', () => {
  const merging = { policies: ['p-1'], characters: EMPTY + 240 };
  const [first, second, removed] = ['alice'.repeat(5), 'bob'.repeat(9), 'carol'.repeat(5)];
  const iso = (minute: number) => at(minute).toISOString();

  test('the record has the merged cutoff, and keeps the time since when its own is denied', async () => {
    const { revoke, reconcile, recorded, pass } = given(merging);
    await revoke(first, { issuedBefore: at(0) });
    await reconcile();
    expect(await recorded(first)).toMatchObject({ deniedAt: iso(0), deniedIssuedBefore: iso(0) });
    pass(2);
    await revoke(second, { issuedBefore: at(1) });
    expect(await reconcile()).toMatchObject({ usersDenied: 2, usersWithoutRoom: 0, settled: 2 });
    expect(await recorded(first)).toMatchObject({ deniedAt: iso(0), deniedIssuedBefore: iso(1) });
    expect(await recorded(second)).toMatchObject({ deniedAt: iso(2), deniedIssuedBefore: iso(1) });
    expect(await reconcile()).toMatchObject({ policiesUpdated: 0, settled: 0 });
  });

  test('a merged cutoff does not move back if there is room again', async () => {
    const { revoke, reconcile, recorded, lift, texts } = given(merging);
    await revoke(first, { issuedBefore: at(0) });
    await revoke(second, { issuedBefore: at(1) });
    await reconcile();
    await lift(second);
    await reconcile();
    texts.set('p-1', 'not even JSON');
    await reconcile();
    expect(texts.get('p-1')).toContain('00:01:00Z');
    expect(await recorded(first)).toMatchObject({ deniedIssuedBefore: iso(1) });
  });

  test('a merged cutoff does not move back if the run ended before it was stored', async () => {
    const { revoke, reconcile, deps, texts } = given(merging);
    await revoke(first, { issuedBefore: at(0) });
    await revoke(second, { issuedBefore: at(1) });
    const { settle } = deps.list;
    deps.list.settle = () => Promise.reject(storeUnavailable());
    await reconcile();
    deps.list.settle = settle;
    deps.policyCharacters = 5_120;
    expect(await reconcile()).toMatchObject({ policiesUpdated: 0, settled: 2 });
    expect(texts.get('p-1')).not.toContain('00:00:00Z');
  });

  test('a cutoff in the policy that nobody on the list has is replaced', async () => {
    const { revoke, reconcile, texts } = given();
    await revoke(first, { issuedBefore: at(0) });
    await reconcile();
    const ours = texts.get('p-1') ?? '';
    texts.set('p-1', ours.replace('2026-01-01', '2027-01-01'));
    expect(await reconcile()).toMatchObject({ policiesUpdated: 1 });
    expect(texts.get('p-1')).toBe(ours);
  });

  test('an ended denial keeps its cutoff in the record, and a user who is removed later has none', async () => {
    const { revoke, reconcile, recorded, lift, pass } = given();
    await revoke(first, { issuedBefore: at(0) });
    await revoke(removed, { issuedBefore: at(0) });
    await reconcile();
    pass(1);
    await lift(first);
    await revoke(removed, { until: at(900) });
    await reconcile();
    expect(await recorded(first)).toMatchObject({ deniedIssuedBefore: iso(0), notDenied: 'lifted' });
    expect(await recorded(removed)).not.toHaveProperty('deniedIssuedBefore');
  });
});

test('if the answer to a write is lost, the run does not fail', async () => {
  const { revoke, reconcile, deps, writes } = given();
  await revoke('alice');
  const { write } = deps.policies;
  deps.policies.write = async (...args) => {
    await write(...args);
    throw new DomainError('policy-busy', 'The answer was lost.', { name: 'Fake' });
  };
  expect(await reconcile()).toMatchObject({ policiesFailed: 0, usersDenied: 1 });
  expect(writes).toHaveLength(1);
});

test('a denial that is lifted between policy and record is recorded as denied and lifted', async () => {
  const { revoke, reconcile, list, recorded, deps, lift, pass } = given();
  await revoke('alice');
  const { putDenied } = deps.records;
  deps.records.putDenied = async (...args) => {
    const isThere = await putDenied(...args);
    await lift('alice');
    deps.records.putDenied = putDenied;
    return isThere;
  };
  await reconcile();
  expect((await list.entriesOf('alice', signal))[0]).toMatchObject({ deniedAt: at(0) });
  pass(3);
  await reconcile();
  const times = { deniedAt: at(0).toISOString(), deniedUntil: at(3).toISOString() };
  expect(await recorded('alice')).toMatchObject({ ...times, notDenied: 'lifted' });
});

test('a denial that lost its room, and was lifted later, is recorded as denied until it lost its room', async () => {
  const { revoke, reconcile, recorded, lift, pass } = given({ policies: ['p-1'], characters: ROOM_FOR_ONE });
  const [pushed, newcomer] = ['pushed-out-'.repeat(3), 'newcomer-'.repeat(3)];
  await revoke(pushed, { until: at(600) });
  await reconcile();
  pass(5);
  await revoke(newcomer, { until: at(700) });
  await reconcile();
  pass(300);
  await lift(pushed);
  await reconcile();
  const times = { deniedAt: at(0).toISOString(), deniedUntil: at(5).toISOString() };
  expect(await recorded(pushed)).toMatchObject({ ...times, notDenied: 'lifted' });
});

test('if one record cannot be written, the run fails, but the other records are written', async () => {
  const { revoke, reconcile, deps, recorded } = given();
  await revoke('alice');
  await revoke('bob');
  const { putDenied } = deps.records;
  deps.records.putDenied = async (id, ...rest) => {
    if (id === 'of-alice') throw storeUnavailable();
    return putDenied(id, ...rest);
  };
  expect(await reconcile()).toMatchObject({
    settled: 1,
    unsettled: 1,
    failure: { code: 'store-unavailable' },
  });
  expect(await recorded('bob')).toMatchObject({ deniedAt: at(0).toISOString() });
  deps.records.putDenied = putDenied;
  expect(await reconcile()).toMatchObject({ settled: 1, unsettled: 0 });
});

test('the denial of a revocation without a record is recorded in a later run', async () => {
  const { list, reconcile, deps, revoke, recorded } = given();
  await list.enter({ userId: 'alice', revocationId: 'of-alice', until: at(60) }, signal);
  expect(await reconcile()).toMatchObject({ usersDenied: 1, settled: 0, unsettled: 1 });
  await revoke('alice', { until: at(60) });
  expect(await reconcileDenyList(deps, ampleTime())).toMatchObject({ settled: 1, unsettled: 0 });
  expect(await recorded('alice')).toMatchObject({ deniedAt: at(0).toISOString() });
});
