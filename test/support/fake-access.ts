import {
  ACCESS_OVER,
  type AccessItem,
  type Grant,
  grantKey,
  type LeftReason,
} from '../../lambda/domain/access.ts';
import type { AccessGiver, AccessRemover, UserAccess } from '../../lambda/domain/ports.ts';
import type { AccessRecords, RevocationRecords } from '../../lambda/domain/stores.ts';

/** The records in memory, with those of access, by the same contract as in DynamoDB. */
export function withAccess(records: RevocationRecords): RevocationRecords & AccessRecords {
  const items = new Map<string, Map<string, AccessItem>>();
  const runs = new Map<string, Date>();
  const amend = async (revocationId: string, change: (header: HeaderOf) => HeaderOf) => {
    const { header } = await records.read(revocationId, new AbortController().signal);
    if (header) Object.assign(header, change(header));
  };
  return {
    ...records,
    async read(revocationId, signal) {
      const own = [...(items.get(revocationId) ?? new Map<string, AccessItem>())];
      const access = own.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
      const { header, ...rest } = await records.read(revocationId, signal);
      return { ...rest, header: header && { ...header }, access };
    },
    async beginAccess(revocationId, { until, status }, at, signal) {
      const { header } = await records.read(revocationId, signal);
      const running = runs.get(revocationId);
      if (!header?.access || (running && running > at)) return false;
      if (status === 'IN_PROGRESS' && ACCESS_OVER.includes(header.access.status)) return false;
      runs.set(revocationId, until);
      await amend(revocationId, (standing) => {
        const { takenAt, ...access } = standing.access ?? header.access ?? never();
        return {
          ...standing,
          access: { ...access, status, ...(status === 'IN_PROGRESS' && takenAt && { takenAt }) },
        };
      });
      return true;
    },
    async endAccess(revocationId, { until }, access) {
      if (runs.get(revocationId)?.getTime() !== until.getTime()) return;
      runs.delete(revocationId);
      await amend(revocationId, (standing) => ({ ...standing, access }));
    },
    async putAccessItem(revocationId, item) {
      const own = items.get(revocationId) ?? new Map<string, AccessItem>();
      items.set(revocationId, own.set(grantKey(item.grant), item));
    },
  };
}

type HeaderOf = NonNullable<Awaited<ReturnType<RevocationRecords['read']>>['header']>;

function never(): never {
  throw new Error('There is no access to change.');
}

/** The users' access in memory. It notes every call, and `fates` decides the results of changes. */
export function fakeAccess(grants: Record<string, Grant[]> = {}) {
  const calls: string[] = [];
  const own = (userId: string) => grants[userId] ?? [];
  const fates = new Map<string, 'under-way' | Error | { left: LeftReason }>();
  const access: UserAccess & AccessRemover & AccessGiver = {
    grantsOf: async (userId) => [...own(userId)],
    async remove(userId, grant) {
      calls.push(`remove ${grantKey(grant)}`);
      const fate = fates.get(grantKey(grant));
      if (fate instanceof Error) throw fate;
      if (fate !== undefined) return fate;
      grants[userId] = own(userId).filter((each) => grantKey(each) !== grantKey(grant));
      return 'removed';
    },
    async give(userId, grant) {
      calls.push(`give ${grantKey(grant)}`);
      const fate = fates.get(grantKey(grant));
      if (fate instanceof Error) throw fate;
      if (fate === 'under-way') return fate;
      grants[userId] = [...own(userId), grant];
      return 'given';
    },
  };
  return { access, calls, fates, of: (userId: string) => own(userId).map(grantKey).sort() };
}
