import type { RouteName } from '../../infra/route-rules.ts';
import { removeAccess } from '../../lambda/domain/access/remove-access.ts';
import { grantKey } from '../../lambda/domain/access.ts';
import {
  accessWorld,
  ample,
  assignment,
  firstTime,
  ID,
  job,
  removal,
  signal,
} from '../lambda/domain/access/world.ts';
import { type Asked, broken, failing, fenced, holding } from '../support/api-answers.ts';
import { denyingWorld } from '../support/fake-deny-list.ts';
import {
  alreadyInvalid,
  failed,
  fakeDirectory,
  fakePortal,
  fakeRecords,
  type fakeWorld,
  loggedOut,
  rejected,
} from '../support/fakes.ts';
import { registeringWorld } from '../support/registering.ts';
import { ALICE, BOB, hold, someTokens } from '../support/sessions.ts';

/** How each documented answer comes about: by route, then by status, or status and code. */
export type Cases = Record<RouteName, Record<string, Asked>>;

const file = { accessToken: 'one', expiresAt: '2026-01-01T00:59:00Z' };
const key = { headers: { 'idempotency-key': 'a' } };

const anywhere = (body?: unknown): Record<string, Asked> => ({
  '403 role-missing': {
    body,
    authorizer: { jwt: { claims: { iss: 'https://idp.example.com', sub: 'jane', roles: '[other]' } } },
  },
  '500 internal': {
    body,
    instead: async () => {
      throw new TypeError('a defect');
    },
  },
  '503 out-of-time': {
    body,
    instead: async () => {
      throw Object.assign(new Error('late'), { name: 'TimeoutError' });
    },
  },
});

const bodies: Record<string, Asked> = {
  '400 malformed-json': { body: '{' },
  '400 invalid-body': { body: { reason: 7 } },
  '413 body-too-large': { body: { reason: 'x'.repeat(70_000) } },
  '415 unsupported-media-type': { body: file, headers: { 'content-type': 'text/plain' } },
};

const paged = (name: 'listSessions' | 'listRevocations'): Record<string, Asked> => ({
  '400 invalid-parameter': { query: { userId: 'alice' } },
  '400 cursor-invalid': {
    query: { userId: ALICE, cursor: 'x' },
    ...(name === 'listRevocations' && { world: broken('records', 'byUser', 'cursor-invalid') }),
  },
});

/** @param own - whether the caller is the person */
function registering(own: boolean): Record<string, Asked> {
  const portal = (accepts: object) =>
    registeringWorld({ portal: { ...fakePortal(loggedOut), accepts: async () => accepts as never } });
  const crowded = () => holding(['a'], { maxSessionsPerUser: 1 });
  const bobs = async () => {
    const world = registeringWorld();
    await hold(world, BOB, 'one');
    return world;
  };
  return {
    ...bodies,
    ...anywhere(file),
    '201': { body: file },
    '200': { body: file, before: file },
    '400 unknown-region': { body: { ...file, region: 'us-east-1' } },
    '400 session-expired': { body: file, world: portal(rejected) },
    '400 no-directory': { body: file, world: registeringWorld({ directory: undefined }) },
    '404 user-not-found': { body: file, world: registeringWorld({ directory: fakeDirectory() }) },
    '409 user-revoked': { body: file, world: fenced() },
    '409 held-for-another-user': { body: file, world: bobs() },
    '409 too-many-sessions': { body: file, world: crowded() },
    '422 token-malformed': { body: file, world: portal(failed('malformed-token')) },
    '429 portal-throttled': { body: file, world: portal(failed('throttled')) },
    '503 portal-unavailable': { body: file, world: portal(failed('unavailable')) },
    '503 directory-unavailable': {
      body: file,
      world: broken('directory', own ? 'userIdOf' : 'userOf', 'directory-unavailable'),
    },
    '503 cipher-unavailable': { body: file, world: broken('sealer', 'seal', 'cipher-unavailable') },
    '503 store-unavailable': { body: file, world: broken('tokenCache', 'hold', 'store-unavailable') },
  };
}

/** A user is denied, and so is everyone. */
async function denied() {
  const { world, denying } = denyingWorld();
  const until = new Date(world.clock().getTime() + 3_600_000);
  const entry = { revocationId: 'r', issuedBefore: world.clock(), until };
  await denying.list.enter({ userId: ALICE, ...entry }, signal);
  await denying.list.enter({ userId: 'everyone', except: [], ...entry }, signal);
  return world;
}

async function deniedBut(
  part: 'list' | 'reconciler',
  call: string,
  code: 'store-unavailable' | 'queue-unavailable',
) {
  const world = await denied();
  return {
    ...world,
    denying: { ...world.denying, [part]: failing(Object(world.denying?.[part]), call as never, code) },
  };
}

function lifting(denyingOf: () => Promise<ReturnType<typeof fakeWorld>>): Record<string, Asked> {
  return {
    ...anywhere(),
    '202': { world: denyingOf() },
    '404 not-denied': { world: denyingWorld().world },
    '503 store-unavailable': { world: deniedBut('list', 'entriesOf', 'store-unavailable') as never },
    '503 queue-unavailable': { world: deniedBut('reconciler', 'wake', 'queue-unavailable') as never },
  };
}

/** A removal that took an assignment, and what then becomes of giving it back. */
function restoring(change: (world: Awaited<ReturnType<typeof accessWorld>>) => object = () => ({})) {
  const begin = async () => {
    const users: Record<string, 'enabled' | 'disabled'> = { [ALICE]: 'disabled' };
    const world = await accessWorld([assignment('1')], { directory: fakeDirectory(users) });
    await removeAccess(world.deps, JSON.stringify(job), ample(), firstTime);
    users[ALICE] = 'enabled';
    return { ...world.deps, ...change(world) };
  };
  return { parameters: { revocationId: ID }, restoring: begin() };
}

const refusing = (code: 'assignments-refused' | 'assignments-unavailable') =>
  restoring(({ deps }) => ({ access: failing(deps.access, 'give', code) }));

export const cases: Cases = {
  revoke: {
    ...bodies,
    ...anywhere({ userId: ALICE }),
    '200': { body: { userId: ALICE, reason: 'left' }, world: holding(someTokens(2)) },
    '202': {
      body: { userId: ALICE },
      world: holding(someTokens(2), { portal: fakePortal(failed('throttled')) }),
    },
    '400 invalid-parameter': { body: { userId: ALICE }, headers: { 'idempotency-key': '' } },
    '400 unknown-region': {
      body: { accessToken: 'one' },
      world: registeringWorld({ portal: fakePortal(failed('unknown-region')) }),
    },
    '400 no-directory': { body: { userName: 'alice' }, world: registeringWorld({ directory: undefined }) },
    '404 user-not-found': { body: { userName: 'nobody' } },
    '422 token-malformed': {
      body: { accessToken: 'one' },
      world: registeringWorld({ portal: fakePortal(failed('malformed-token')) }),
    },
    '422 idempotency-key-reused': { before: { userId: ALICE }, body: { userId: BOB }, ...key },
    '429 portal-throttled': {
      body: { accessToken: 'one' },
      world: registeringWorld({ portal: fakePortal(failed('throttled')) }),
    },
    '503 portal-unavailable': {
      body: { accessToken: 'one' },
      world: registeringWorld({ portal: fakePortal(failed('unavailable')) }),
    },
    '503 directory-unavailable': {
      body: { userName: 'alice' },
      world: broken('directory', 'userIdOf', 'directory-unavailable'),
    },
    '503 store-unavailable': {
      body: { userId: ALICE },
      world: broken('records', 'putHeader', 'store-unavailable'),
    },
    '503 queue-unavailable': {
      body: { userId: ALICE },
      world: holding(someTokens(2), {
        portal: fakePortal(failed('throttled')),
        queue: failing(registeringWorld().queue, 'send', 'queue-unavailable'),
      }),
    },
    '503 record-incomplete': {
      body: { accessToken: 'one' },
      world: broken('records', 'putOutcome', 'store-unavailable'),
    },
  },
  revokeEveryone: {
    ...bodies,
    ...anywhere({ reason: 'all' }),
    '202': { body: { reason: 'breach', except: [ALICE] } },
    '400 invalid-parameter': { body: { reason: 'all' }, headers: { 'idempotency-key': '' } },
    '422 idempotency-key-reused': { before: { reason: 'all' }, body: { reason: 'other' }, ...key },
    '503 store-unavailable': {
      body: { reason: 'all' },
      world: broken('records', 'putHeader', 'store-unavailable'),
    },
    '503 queue-unavailable': { body: { reason: 'all' }, world: broken('queue', 'send', 'queue-unavailable') },
  },
  readRevocation: {
    ...anywhere(),
    '200': { ...reading() },
    '400 invalid-parameter': { query: { limit: '0' } },
    '400 cursor-invalid': { query: { cursor: 'x' } },
    '404 revocation-not-found': {},
    '405 method-not-allowed': { parameters: { revocationId: 'everyone' } },
    '503 store-unavailable': { world: broken('records', 'read', 'store-unavailable') },
  },
  listRevocations: {
    ...anywhere(),
    ...paged('listRevocations'),
    '200': { query: { userId: ALICE }, world: reading().world },
    '503 store-unavailable': {
      query: { userId: ALICE },
      world: broken('records', 'byUser', 'store-unavailable'),
    },
  },
  registerOwnSession: {
    ...registering(true),
    '403 not-your-session': { body: { ...file, userId: BOB } },
  },
  registerSession: {
    ...registering(false),
    '400 invalid-parameter': { body: file, parameters: { userId: 'alice' } },
    '403 not-your-session': { body: { ...file, userId: BOB } },
  },
  listSessions: {
    ...anywhere(),
    ...paged('listSessions'),
    '200': { query: { userId: ALICE }, world: holding(someTokens(1)) },
    '503 store-unavailable': {
      query: { userId: ALICE },
      world: broken('tokenCache', 'list', 'store-unavailable'),
    },
  },
  liftDenial: { ...lifting(denied), '400 invalid-parameter': { parameters: { userId: 'everyone ' } } },
  liftEveryone: { ...lifting(denied), '400 invalid-parameter': { query: { reason: 'x'.repeat(2_000) } } },
  restoreAccess: {
    ...anywhere(),
    '200': restoring(),
    '202': restoring(({ fake }) => {
      fake.fates.set(grantKey(assignment('1')), 'under-way');
      return {};
    }),
    '404 revocation-not-found': { ...restoring(), parameters: { revocationId: 'x'.repeat(43) } },
    '404 nothing-to-restore': restoring(({ deps }) => ({
      records: { ...deps.records, read: withoutAccess(deps) },
    })),
    '409 user-not-enabled': restoring(() => ({ directory: fakeDirectory({ [ALICE]: 'disabled' }) })),
    '409 access-busy': restoring(({ deps }) => ({
      records: { ...deps.records, beginAccess: async () => false },
    })),
    '500 assignments-refused': refusing('assignments-refused'),
    '503 assignments-unavailable': refusing('assignments-unavailable'),
    '503 directory-unavailable': restoring(({ deps }) => ({
      directory: failing(deps.directory, 'statusOf', 'directory-unavailable'),
    })),
    '503 store-unavailable': restoring(({ deps }) => ({
      records: failing(deps.records, 'read', 'store-unavailable'),
    })),
  },
};

function withoutAccess({ records }: Awaited<ReturnType<typeof accessWorld>>['deps']) {
  return async (revocationId: string) => {
    const { header, ...rest } = await records.read(revocationId, signal);
    const { access: _, ...bare } = header ?? {};
    return { ...rest, header: bare };
  };
}

/** A revocation of a session of Alice whose token was invalid already. */
function reading() {
  const records = fakeRecords();
  const revocationId = 'r'.repeat(43);
  const ready = async () => {
    const { access: _, removedAt: __, ...header } = removal;
    await records.putHeader(
      { ...header, revocationId, subject: { sessionId: revocationId, userId: ALICE } },
      signal,
    );
    const outcome = {
      sessionId: revocationId,
      outcome: alreadyInvalid.outcome,
      at: new Date('2026-01-01T00:00:01Z'),
      attempts: 1,
    };
    await records.putOutcome(revocationId, outcome, signal);
    return registeringWorld({ records });
  };
  return { parameters: { revocationId }, world: ready() };
}
