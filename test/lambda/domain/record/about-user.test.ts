import { DomainError } from '../../../../lambda/domain/errors.ts';
import type { Directory, UserStatus } from '../../../../lambda/domain/ports.ts';
import { listRevocations } from '../../../../lambda/domain/record/list-revocations.ts';
import type { RevocationHeader } from '../../../../lambda/domain/revocation.ts';
import { ampleTime, fakeRecords } from '../../../support/fakes.ts';
import { ALICE } from '../../../support/sessions.ts';

const { signal } = new AbortController();
const hour = (of: number) => new Date(Date.UTC(2026, 0, 1, of));
const none = { found: 0, loggedOut: 0, alreadyInvalid: 0, pending: 0, failed: 0 };
const completion = { at: hour(2), sessions: none };
/** A portal session of 8 hours and a role session of 12. */
const lifetimes = { portalSessionSeconds: 8 * 3600, maxRoleSessionSeconds: 12 * 3600 };

/** The `n`th revocation is requested at `n` o'clock. */
const header = (n: number, more: Partial<RevocationHeader> = {}): RevocationHeader => ({
  revocationId: `r${n}`,
  subject: { userId: ALICE },
  source: 'event',
  requestedBy: 'x',
  requestedAt: hour(n),
  denial: 'asked',
  ...lifetimes,
  completion,
  ...more,
});
const removal = (n: number, more: Partial<RevocationHeader> = {}) =>
  header(n, { removedAt: hour(n), ...more });

/** The answer about Alice at 100 o'clock, if the identity store gives this status. */
async function said(
  headers: RevocationHeader[],
  status: UserStatus | 'down' | 'none',
  page: { limit: number; cursor?: string } = { limit: 25 },
) {
  const records = fakeRecords();
  for (const each of headers) await records.putHeader(each, signal);
  let asked = 0;
  const statusOf: Directory['statusOf'] = async () => {
    asked += 1;
    if (status === 'down' || status === 'none') throw new DomainError('directory-unavailable', 'It is down.');
    return status;
  };
  const directory = status === 'none' ? undefined : { statusOf };
  // Like DynamoDB, it returns a cursor as soon as the limit is reached.
  const byUser: typeof records.byUser = async (userId, { limit }) => {
    const found = await records.byUser(userId, { limit }, signal);
    return { ...found, ...(found.headers.length === limit && { next: 'cursor' }) };
  };
  const deps = { clock: () => hour(100), records: { ...records, byUser }, directory };
  const { user } = await listRevocations(deps, ALICE, page, ampleTime());
  return { user, asked };
}

test.each<[string, RevocationHeader[], UserStatus, Date]>([
  ['one removal', [removal(1)], 'disabled', hour(21)],
  ['of a user who is gone', [removal(1)], 'deleted', hour(21)],
  ['one that was carried out late', [header(1, { removedAt: hour(5) })], 'disabled', hour(25)],
  ['several removals: the latest bound counts', [removal(3), removal(1)], 'disabled', hour(23)],
  ['a sign-out after it moves nothing', [removal(1), header(9)], 'disabled', hour(21)],
  [
    'one that is not complete: from now on',
    [removal(1, { completion: undefined as never })],
    'disabled',
    hour(112),
  ],
  [
    'one that was lifted, and one of later',
    [removal(1, { denied: { notDenied: 'lifted', liftedBy: 'x' } }), removal(4)],
    'disabled',
    hour(24),
  ],
  ['a denial makes it no earlier', [removal(1, { denied: { deniedAt: hour(1) } })], 'disabled', hour(21)],
])('a removed user has a bound: %s', async (_name, headers, status, until) => {
  const { user, asked } = await said(headers, status);
  expect(user).toEqual({
    userId: ALICE,
    mayActUntil: until.toISOString(),
    why: 'removed',
    detail: expect.stringContaining(status === 'disabled' ? 'is disabled' : 'has no such user'),
    considered: { revocations: headers.length, olderMayExist: false },
  });
  expect(asked).toBe(1);
});

const lifted = {
  denied: { deniedAt: hour(1), deniedUntil: hour(2), notDenied: 'lifted', liftedBy: 'x' },
} as const;

test.each<[string, RevocationHeader[], UserStatus | 'down' | 'none', string, number]>([
  ['was only signed out', [header(1)], 'disabled', 'may-sign-in-again', 0],
  ['was removed and let back in', [removal(1, lifted)], 'disabled', 'may-sign-in-again', 0],
  ['is enabled, and nobody lifted anything', [removal(1)], 'enabled', 'may-sign-in-again', 1],
  ['was removed, and the identity store is down', [removal(1)], 'down', 'not-known', 1],
  ['was removed, in a stack without an identity store', [removal(1)], 'none', 'not-known', 0],
  ['has no revocation', [], 'disabled', 'never-revoked', 0],
])('a user who %s has no bound', async (_name, headers, status, why, questions) => {
  const { user, asked } = await said(headers, status);
  expect(user).toMatchObject({ mayActUntil: null, why, detail: expect.stringMatching(/\.$/) });
  expect(asked).toBe(questions);
});

test.each([1, 25])(
  'with a page of %i, the latest 25 revocations are considered, and the answer says that older ones may exist',
  async (limit) => {
    const signOuts = Array.from({ length: 25 }, (_, n) => header(n + 2));
    const { user } = await said([removal(1), ...signOuts], 'disabled', { limit });
    // The removal is older than the considered revocations. So there is no bound, not one that was never checked.
    expect(user).toMatchObject({
      mayActUntil: null,
      why: 'may-sign-in-again',
      considered: { revocations: 25, olderMayExist: true },
    });
    const within = await said([removal(1), ...signOuts.slice(1)], 'disabled', { limit });
    expect(within.user).toMatchObject({ mayActUntil: hour(21).toISOString(), why: 'removed' });
  },
);

test('a later page has no answer about the user', async () => {
  expect(await said([removal(1)], 'disabled', { limit: 25, cursor: 'cursor' })).toEqual({
    user: undefined,
    asked: 0,
  });
});
