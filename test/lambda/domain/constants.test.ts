import type { DenyEntry } from '../../../lambda/domain/denial.ts';
import type { RevocationHeader, SessionOutcome, UserShare } from '../../../lambda/domain/revocation.ts';
import { ALICE, someJob } from '../../support/sessions.ts';

const REVOCATION = '../../../lambda/domain/revocation.ts';
const CAUSE = '../../../lambda/domain/cause.ts';
const DENIAL = '../../../lambda/domain/denial.ts';
const at = new Date('2026-01-01T00:00:00.000Z');
const { signal } = new AbortController();

/** Loads modules as if a list of constants had one more value. */
function withOneMore<T>(file: string, list: string, value: string, load: () => T): T {
  let loaded: T | undefined;
  jest.isolateModules(() => {
    jest.doMock(file, () => {
      const actual = jest.requireActual(file);
      return { ...actual, [list]: [...actual[list], value] };
    });
    loaded = load();
    jest.dontMock(file);
  });
  if (loaded === undefined) throw new Error('Nothing was loaded.');
  return loaded;
}

const rowsWith = (file: string, list: string, value: string) =>
  withOneMore(file, list, value, () =>
    jest.requireActual('../../../lambda/aws/records/rows.ts'),
  ) as typeof import('../../../lambda/aws/records/rows.ts');
const jobsWith = (file: string, list: string, value: string) =>
  withOneMore(file, list, value, () =>
    jest.requireActual('../../../lambda/domain/job.ts'),
  ) as typeof import('../../../lambda/domain/job.ts');

const header: RevocationHeader = {
  revocationId: 'r',
  subject: { userId: ALICE },
  source: 'http',
  requestedBy: 'me',
  requestedAt: at,
  portalSessionSeconds: 1800,
  maxRoleSessionSeconds: 3600,
  denial: 'asked',
};

// These values are written as a row or message and read back. A schema with its own list would refuse a new value.
test('a new outcome can be read back from its row', () => {
  const { outcomeRow, toOutcome } = rowsWith(REVOCATION, 'OUTCOMES', 'NEW');
  const outcome = { sessionId: 's', outcome: 'NEW', at, attempts: 1 } as unknown as SessionOutcome;
  expect(toOutcome(outcomeRow('r', outcome))).toEqual(outcome);
});

test('a count that is missing in an old row is zero', () => {
  const { shareRow, toShare } = jest.requireActual('../../../lambda/aws/records/rows.ts');
  const share = {
    userId: ALICE,
    revocationId: 'r',
    done: true,
    at,
    sessions: { found: 1 },
  } as unknown as UserShare;
  const { sessions } = toShare(shareRow('r', share));
  expect(sessions).toEqual({ found: 1, loggedOut: 0, alreadyInvalid: 0, pending: 0, failed: 0 });
});

test('a new source can be read back from a header and from a job', () => {
  const { headerRow, toHeader } = rowsWith(REVOCATION, 'SOURCES', 'new');
  const added = { ...header, source: 'new' } as unknown as RevocationHeader;
  expect(toHeader(headerRow(added)).source).toBe('new');
  const { Job } = jobsWith(REVOCATION, 'SOURCES', 'new');
  expect(read(Job, { ...someJob(), source: 'new' })).toMatchObject({ source: 'new' });
});

test('a new error can be read back from a header', () => {
  const { headerRow, toHeader } = rowsWith(REVOCATION, 'REQUEST_ERRORS', 'new');
  const added = { ...header, error: 'new' } as unknown as RevocationHeader;
  expect(toHeader(headerRow(added)).error).toBe('new');
});

test('a new cause can be read back from a job', () => {
  const { Job } = jobsWith(CAUSE, 'CAUSES', 'new');
  expect(read(Job, { ...someJob(), cause: 'new' })).toMatchObject({ cause: 'new' });
  expect(() => read(Job, { ...someJob(), cause: 'another' })).toThrow();
});

test('a new cause can be read back from the deny list', async () => {
  const { dynamoDenyList } = withOneMore(CAUSE, 'CAUSES', 'new', () =>
    jest.requireActual('../../../lambda/aws/role-sessions/deny-list.ts'),
  ) as typeof import('../../../lambda/aws/role-sessions/deny-list.ts');
  const row = { userId: ALICE, revocationId: 'r', denyUntil: at.toISOString(), cause: 'new' };
  const Items = [Object.fromEntries(Object.entries(row).map(([name, value]) => [name, { S: value }]))];
  const client = { send: async () => ({ Items }) };
  const entries: DenyEntry[] = await dynamoDenyList(client as never, 'table').entriesOf(ALICE, signal);
  expect(entries).toMatchObject([{ cause: 'new' }]);
});

test.each([
  ['DENIALS_ASKED', { denial: 'new' }],
  ['NOT_DENIED', { denied: { notDenied: 'new' } }],
])('a new state of denial in %s can be read back from a header', (list, state) => {
  const { headerRow, deniedRow, toHeader } = rowsWith(DENIAL, list, 'new');
  const added = { ...header, ...state } as unknown as RevocationHeader;
  const row = { ...headerRow(added), ...(added.denied && { denied: deniedRow(added.denied) }) };
  expect(toHeader(row)).toEqual(added);
});

test('a new way to settle an entry can be read back from the deny list', async () => {
  const { dynamoDenyList } = withOneMore(DENIAL, 'SETTLED', 'new', () =>
    jest.requireActual('../../../lambda/aws/role-sessions/deny-list.ts'),
  ) as typeof import('../../../lambda/aws/role-sessions/deny-list.ts');
  const text = at.toISOString();
  const row = { userId: ALICE, revocationId: 'r', denyUntil: text, settled: 'new', settledVersion: text };
  const Items = [Object.fromEntries(Object.entries(row).map(([name, value]) => [name, { S: value }]))];
  const client = { send: async () => ({ Items }) };
  const entries: DenyEntry[] = await dynamoDenyList(client as never, 'table').entriesOf(ALICE, signal);
  expect(entries).toMatchObject([{ settled: 'new' }]);
});

function read(schema: unknown, message: unknown): unknown {
  const v: typeof import('valibot') = jest.requireActual('valibot');
  return v.parse(schema as never, JSON.parse(JSON.stringify(message)));
}
