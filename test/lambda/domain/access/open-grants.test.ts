import { removeAccess } from '../../../../lambda/domain/access/remove-access.ts';
import { restoreAccess } from '../../../../lambda/domain/access/restore-access.ts';
import { type AccessItem, accessOf, type Grant, grantKey } from '../../../../lambda/domain/access.ts';
import { DomainError } from '../../../../lambda/domain/errors.ts';
import { fakeAccess, withAccess } from '../../../support/fake-access.ts';
import { fakeDenying } from '../../../support/fake-deny-list.ts';
import { ampleTime, fakeDirectory, fakeRecords } from '../../../support/fakes.ts';
import { ALICE } from '../../../support/sessions.ts';

// Changing an assignment takes longer than the request, so a listed assignment may be about to go.

const { signal } = new AbortController();
const at = new Date('2026-01-01T00:00:00Z');
const revocationId = `user.${'r'.repeat(43)}`;
const assignment = (accountId: string): Grant => ({
  kind: 'assignment',
  accountId,
  permissionSetArn: 'arn:aws:sso:::permissionSet/ssoins-1/ps-1',
});
const [first, second] = [assignment('111111111111'), assignment('222222222222')];

/** A removal in this state, of a user whose access is `listed`. */
async function removal(recorded: Omit<AccessItem, 'at'>[], listed: Grant[], status: 'enabled' | 'disabled') {
  const records = withAccess(fakeRecords());
  const items = recorded.map((item) => ({ ...item, at }));
  await records.putHeader(
    {
      revocationId,
      subject: { userId: ALICE },
      source: 'event',
      requestedBy: 'a test',
      requestedAt: at,
      removedAt: at,
      portalSessionSeconds: 28_800,
      maxRoleSessionSeconds: 43_200,
      denial: 'asked',
      access: accessOf('FAILED', items),
    },
    signal,
  );
  for (const item of items) await records.putAccessItem(revocationId, item, signal);
  const fake = fakeAccess({ [ALICE]: listed });
  const deps = {
    clock: () => at,
    records,
    directory: fakeDirectory({ [ALICE]: status }),
    access: fake.access,
    pace: async () => {},
    queue: { send: async () => {} },
    denying: fakeDenying(),
    watch: { accessLeft: () => {} },
  };
  const states = async () => (await records.read(revocationId, signal)).access.map(({ state }) => state);
  return {
    fake,
    deps,
    states,
    restore: () => restoreAccess(deps, revocationId, ampleTime()),
    remove: () =>
      removeAccess(
        deps,
        JSON.stringify({ kind: 'remove-access', revocationId, userId: ALICE, cause: 'disabled' }),
        ampleTime(),
        { lastAttempt: false },
      ),
  };
}

const FOUND = { grant: first, state: 'FOUND' } as const;
const FAILED = { grant: first, state: 'LEFT', why: 'failed' } as const;

test.each([
  ['was found', FOUND],
  ['had failed to the last attempt', FAILED],
])(
  'a grant that %s and is still listed is restored anyway, because its deletion may be under way',
  async (_, item) => {
    const { fake, restore, states } = await removal([item], [first], 'enabled');
    fake.fates.set(grantKey(first), 'under-way');
    expect((await restore()).access?.status).toBe('RESTORING');
    expect(await states()).toEqual([item.state]);
    fake.fates.clear();
    expect((await restore()).access?.status).toBe('RESTORED');
    expect(fake.calls).toEqual([`give ${grantKey(first)}`, `give ${grantKey(first)}`]);
  },
);

test('a grant whose removal failed to the last attempt and that is now gone is restored', async () => {
  const { fake, restore } = await removal([FAILED], [], 'enabled');
  expect((await restore()).access).toMatchObject({ status: 'RESTORED', assignments: { left: 0 } });
  expect(fake.of(ALICE)).toEqual([grantKey(first)]);
});

test('a grant whose removal failed to the last attempt and that is now gone becomes REMOVED in the next run', async () => {
  const { remove, states } = await removal([FAILED], [], 'disabled');
  expect(await remove()).toMatchObject({ kind: 'access-removed' });
  expect(await states()).toEqual(['REMOVED']);
});

test('a grant that was found, cannot be changed and is still listed counts as restored', async () => {
  const { fake, restore } = await removal([FOUND], [first], 'enabled');
  fake.fates.set(grantKey(first), new DomainError('assignments-refused', 'Not in the management account.'));
  expect((await restore()).access?.status).toBe('RESTORED');
});

test('if one grant cannot be restored, the others still are', async () => {
  const gone = [first, second].map((grant) => ({ grant, state: 'REMOVED' as const }));
  const { fake, restore, states } = await removal(gone, [], 'enabled');
  const refused = new DomainError('assignments-refused', 'There is no such permission set.');
  fake.fates.set(grantKey(first), refused);
  await expect(restore()).rejects.toBe(refused);
  expect(fake.of(ALICE)).toEqual([grantKey(second)]);
  expect(await states()).toEqual(['REMOVED', 'RESTORED']);
});

test('a run counts what another run removed since it read the record', async () => {
  const { deps, remove, states } = await removal([FOUND], [first], 'disabled');
  const { read } = deps.records;
  let reads = 0;
  deps.records.read = async (...args) => {
    const recorded = await read(...args);
    reads += 1;
    const item: AccessItem = { grant: second, state: 'REMOVED', at };
    if (reads === 1) await deps.records.putAccessItem(revocationId, item, signal);
    return recorded;
  };
  await remove();
  expect(await states()).toEqual(['REMOVED', 'REMOVED']);
  const { header } = await read(revocationId, signal);
  expect(header?.access?.assignments).toEqual({ removed: 2, left: 0 });
});
