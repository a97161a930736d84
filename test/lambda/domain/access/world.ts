import type { Grant } from '../../../../lambda/domain/access.ts';
import { ACCESS_PENDING } from '../../../../lambda/domain/access.ts';
import type { RemoveAccessJob } from '../../../../lambda/domain/access-job.ts';
import type { Directory } from '../../../../lambda/domain/ports.ts';
import type { RevocationHeader } from '../../../../lambda/domain/revocation.ts';
import { fakeAccess, withAccess } from '../../../support/fake-access.ts';
import { fakeDenying } from '../../../support/fake-deny-list.ts';
import { ampleTime, fakeDirectory, fakeRecords } from '../../../support/fakes.ts';
import { ALICE } from '../../../support/sessions.ts';

export const { signal } = new AbortController();
export const ID = `user.${'r'.repeat(43)}`;
export const START = Date.UTC(2026, 0, 1);
export const HOUR = 3_600_000;

export const assignment = (accountId: string, set = 'a'): Grant => ({
  kind: 'assignment',
  accountId: accountId.padStart(12, '0'),
  permissionSetArn: `arn:aws:sso:::permissionSet/ssoins-1/ps-${set}`,
});
export const membership = (groupId: string): Grant => ({
  kind: 'membership',
  groupId,
  membershipId: `m-${groupId}`,
});

export const job: RemoveAccessJob = {
  kind: 'remove-access',
  revocationId: ID,
  userId: ALICE,
  cause: 'disabled',
};

/** A removal of Alice under way, in a stack with removeAccess. */
export const removal: RevocationHeader = {
  revocationId: ID,
  subject: { userId: ALICE },
  source: 'event',
  requestedBy: 'test',
  requestedAt: new Date(START),
  removedAt: new Date(START),
  portalSessionSeconds: 8 * 3_600,
  maxRoleSessionSeconds: 12 * 3_600,
  denial: 'asked',
  access: ACCESS_PENDING,
};

export async function accessWorld(
  grants: Grant[],
  {
    header = removal,
    directory = fakeDirectory({ [ALICE]: 'disabled' }),
  }: { header?: RevocationHeader; directory?: Directory } = {},
) {
  const records = withAccess(fakeRecords());
  await records.putHeader({ ...header }, signal);
  const fake = fakeAccess({ [ALICE]: grants });
  const sent: RemoveAccessJob[] = [];
  const left: object[] = [];
  let now = START;
  const denying = fakeDenying();
  const deps = {
    clock: () => new Date(now),
    records,
    directory,
    access: fake.access,
    pace: async () => {},
    queue: { send: async (jobs: RemoveAccessJob[]) => void sent.push(...jobs) },
    denying,
    watch: { accessLeft: (removed: object) => void left.push(removed) },
  };
  const items = async () => {
    const { access } = await records.read(ID, signal);
    return access.map(({ grant, state, why }) => {
      const what = grant.kind === 'assignment' ? Number(grant.accountId) : grant.groupId;
      return [what, state, why].filter((each) => each !== undefined).join(' ');
    });
  };
  return {
    deps,
    fake,
    sent,
    left,
    denying,
    items,
    header: async () => (await records.read(ID, signal)).header,
    pass: (millis: number) => {
      now += millis;
    },
  };
}

export const firstTime = { lastAttempt: false };
export const lastTime = { lastAttempt: true };
export const ample = ampleTime;
