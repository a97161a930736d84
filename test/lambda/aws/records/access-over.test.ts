import { dynamoAccessRecords } from '../../../../lambda/aws/records/access-records.ts';
import {
  ACCESS_OVER,
  ACCESS_STATUSES,
  type AccessStatus,
  accessOf,
} from '../../../../lambda/domain/access.ts';
import { headerOf } from '../../../../lambda/domain/job.ts';
import type { AccessRecords } from '../../../../lambda/domain/stores.ts';
import { withAccess } from '../../../support/fake-access.ts';
import { fakeRecords } from '../../../support/fakes.ts';
import { someJob } from '../../../support/sessions.ts';
import { type Stores, storesOn } from '../../../support/stores.ts';
import { startTables } from '../../../support/tables.ts';

const { signal } = new AbortController();
const at = new Date('2026-01-01T00:00:00Z');
const run = { until: new Date('2026-01-01T00:01:00Z') };

const engines: {
  engine: string;
  open: () => Promise<Pick<Stores, 'records' | 'close'> & { access: AccessRecords }>;
}[] = [
  {
    engine: 'the fakes',
    open: async () => {
      const records = withAccess(fakeRecords());
      return { records, access: records, close: async () => {} };
    },
  },
  {
    engine: 'dynalite',
    open: async () => {
      const tables = await startTables();
      return { ...storesOn(tables), access: dynamoAccessRecords(tables.client, tables.revocations, 400) };
    },
  },
];

describe.each(engines)('on $engine', ({ open }) => {
  let stores: Awaited<ReturnType<typeof open>>;

  beforeAll(async () => {
    stores = await open();
  });
  afterAll(() => stores.close());

  test.each(ACCESS_STATUSES)(
    'if access is %s by now, removing it begins only if that status is not final',
    async (status) => {
      const { revocationId } = await removal(status);
      const isBegun = await stores.access.beginAccess(
        revocationId,
        { ...run, status: 'IN_PROGRESS' },
        at,
        signal,
      );
      expect(isBegun).toBe(!ACCESS_OVER.includes(status));
      const { header } = await stores.records.read(revocationId, signal);
      expect(header?.access?.status).toBe(isBegun ? 'IN_PROGRESS' : status);
    },
  );

  test.each(ACCESS_STATUSES)('if access is %s, restoring it can begin', async (status) => {
    const { revocationId } = await removal(status);
    expect(await stores.access.beginAccess(revocationId, { ...run, status: 'RESTORING' }, at, signal)).toBe(
      true,
    );
  });

  let removals = 0;

  async function removal(status: AccessStatus) {
    removals += 1;
    const job = someJob({ cause: 'disabled', revocationId: `user.${String(removals).padStart(43, 'r')}` });
    const lifetimes = { portalSessionSeconds: 28_800, maxRoleSessionSeconds: 43_200 };
    const header = { ...headerOf(job, lifetimes, 'asked'), removedAt: at, access: accessOf(status, []) };
    await stores.records.putHeader(header, signal);
    return header;
  }
});
