import type { AssignedRole, Denial } from '../../../../lambda/domain/denial.ts';
import { reconcileDenyList } from '../../../../lambda/domain/role-sessions/reconcile-deny-list.ts';
import { fakeDenyList } from '../../../support/fake-deny-list.ts';
import { ampleTime, fakeRecords } from '../../../support/fakes.ts';

const { signal } = new AbortController();
const START = Date.UTC(2026, 0, 1);
const at = (minute: number) => new Date(START + minute * 60_000);
const ANA = '0a000000-0000-4000-8000-000000000001';
const ROLE: AssignedRole = {
  accountId: '111122223333',
  permissionSetArn: 'arn:aws:sso:::permissionSet/ssoins-0000000000000000/ps-1a2b3c4d5e6f7a8b',
  permissionSetName: 'Admin',
};

function given(characters = 5_120) {
  let minute = 0;
  let text = '{}';
  const list = fakeDenyList();
  const records = fakeRecords();
  const deps = {
    clock: () => at(minute),
    list,
    records,
    policies: {
      read: async () => text,
      write: async (_: string, written: string) => {
        text = written;
      },
    },
    policyIds: ['p-1'],
    policyCharacters: characters,
    adopted: false,
    pause: async () => {},
    reconciler: { wake: async () => {} },
  };
  return {
    list,
    pass(minutes: number) {
      minute += minutes;
    },
    reconcile: () => reconcileDenyList(deps, ampleTime()),
    async enter(revocationId: string, denial: Partial<Denial>) {
      const { assignment } = denial;
      await records.putHeader(
        {
          revocationId,
          subject: { userId: ANA, ...(assignment && { assignment }) },
          source: 'event',
          requestedBy: 'x',
          requestedAt: at(minute),
          portalSessionSeconds: 8 * 3600,
          maxRoleSessionSeconds: 3600,
          denial: 'asked',
        },
        signal,
      );
      await list.enter({ userId: ANA, revocationId, until: at(minute + 60), ...denial }, signal);
    },
    denied: async (revocationId: string) => (await records.read(revocationId, signal)).header?.denied,
    /** The conditions of the statements that name the user. */
    conditions: (): Record<string, object>[] =>
      JSON.parse(text)
        .Statement.map(({ Condition }: { Condition: object }) => Condition)
        .filter((condition: object) => JSON.stringify(condition).includes(ANA)),
  };
}

const ended = (more: Partial<Denial> = {}): Partial<Denial> => ({
  cause: 'assignment-ended',
  assignment: ROLE,
  issuedBefore: at(0),
  ...more,
});

test('an ended assignment is denied and recorded, and leaves the policy when it ends', async () => {
  const { enter, reconcile, conditions, denied, pass } = given();
  await enter('assignment.1', ended());
  expect(await reconcile()).toMatchObject({ usersDenied: 1, usersWithoutRoom: 0, settled: 1 });
  expect(conditions()).toEqual([expect.objectContaining({ ArnLike: expect.any(Object) })]);
  expect(await denied('assignment.1')).toEqual({
    deniedAt: at(0),
    deniedUntil: at(60),
    deniedIssuedBefore: at(0),
  });
  pass(60);
  await reconcile();
  expect(conditions()).toEqual([]);
});

test('several ends of the same assignment make one statement, with the latest cutoff until the last end', async () => {
  const { enter, reconcile, conditions, pass } = given();
  await enter('assignment.1', ended());
  pass(30);
  await enter('assignment.2', ended({ issuedBefore: at(30) }));
  await reconcile();
  expect(conditions()).toHaveLength(1);
  expect(conditions()[0]?.DateLessThan).toEqual({ 'aws:TokenIssueTime': '2026-01-01T00:30:00Z' });
  pass(45);
  await reconcile();
  expect(conditions()).toHaveLength(1);
});

test('other roles of the same user have their own statements', async () => {
  const { enter, reconcile, conditions } = given();
  await enter('assignment.1', ended());
  await enter('assignment.2', ended({ assignment: { ...ROLE, accountId: '444455556666' } }));
  await enter('assignment.3', ended({ assignment: { ...ROLE, permissionSetName: 'Admin_X' } }));
  await reconcile();
  expect(conditions()).toHaveLength(3);
});

describe('a user whose role sessions are denied anyway', () => {
  test('takes no room for the assignment, and its record says denied', async () => {
    const { enter, reconcile, conditions, denied } = given();
    await enter('assignment.1', ended());
    await enter('user.removal', { cause: 'disabled' });
    await reconcile();
    expect(conditions()).toEqual([{ StringEquals: { 'identitystore:UserId': ['nobody', ANA] } }]);
    expect(await denied('assignment.1')).toMatchObject({ deniedAt: at(0), deniedUntil: at(60) });
  });

  test('is denied the role again when the removal is lifted', async () => {
    const { enter, reconcile, conditions, list } = given();
    await enter('assignment.1', ended());
    await enter('user.removal', { cause: 'disabled' });
    await reconcile();
    const [, removal] = await list.entriesOf(ANA, signal);
    if (removal) await list.lift(removal, { at: at(0), by: 'somebody' }, signal);
    await reconcile();
    expect(conditions()).toEqual([expect.objectContaining({ ArnLike: expect.any(Object) })]);
  });

  test.each([
    ['a later cutoff covers it', 10, 1],
    ['the same cutoff covers it', 0, 1],
    ['an earlier cutoff does not', -10, 2],
  ])('by a sign-out: %s', async (_, minute, statements) => {
    const { enter, reconcile, conditions } = given();
    await enter('assignment.1', ended());
    await enter('user.out', { cause: 'signed-out', issuedBefore: at(minute) });
    await reconcile();
    expect(conditions()).toHaveLength(statements);
  });
});

test('an assignment without room is no-room in the record, and counted for the alarm', async () => {
  const { enter, reconcile, denied } = given(400);
  await enter('assignment.1', ended());
  expect(await reconcile()).toMatchObject({ usersDenied: 0, usersWithoutRoom: 1 });
  expect(await denied('assignment.1')).toEqual({ notDenied: 'no-room' });
});
