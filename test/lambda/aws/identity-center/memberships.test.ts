import { createServer, type ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { IdentitystoreClient } from '@aws-sdk/client-identitystore';
import { SSOAdminClient } from '@aws-sdk/client-sso-admin';
import { clientConfig } from '../../../../lambda/aws/clients.ts';
import {
  accessGiver,
  accessRemover,
  type IdentityCenter,
} from '../../../../lambda/aws/identity-center/access.ts';
import { identityStoreMemberships } from '../../../../lambda/aws/identity-center/memberships.ts';
import { closeServer, listen, localUrl, readBody } from '../../../../local/ground/http-server.ts';
import { USER_ID } from '../../../support/events.ts';

const STORE = 'd-9067f0a1b2';
const INSTANCE = 'arn:aws:sso:::instance/ssoins-0123456789abcdef';
const membership = { kind: 'membership', groupId: 'g1', membershipId: 'm1' } as const;

type Respond = (response: ServerResponse) => void;

/** AWS's answers by operation, one after the other. The last one repeats. */
let answers: Record<string, Respond[]>;
const asked: { operation: string; [member: string]: unknown }[] = [];

const server = createServer(async (request, response) => {
  const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '');
  asked.push({ operation, ...JSON.parse(String(await readBody(request, 1e6))) });
  const [next, ...more] = answers[operation] ?? [];
  if (more.length > 0) answers[operation] = more;
  if (next) next(response);
  else response.destroy();
});

const answer =
  (body: unknown): Respond =>
  (response) => {
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  };

function refusal(status: number, type: string, more: object = {}): Respond {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify({ __type: type, Message: 'canary', ...more }));
  };
}
const missing = (ResourceType?: string, more: object = {}) =>
  refusal(400, 'ResourceNotFoundException', { ...(ResourceType && { ResourceType }), ...more });

let endpoint: string;

beforeAll(async () => {
  endpoint = localUrl(await listen(server, 0));
});
afterAll(() => closeServer(server));
beforeEach(() => {
  asked.length = 0;
  answers = {};
});

const ample = () => new AbortController().signal;
const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };

/** Makes one call, without the SDK's retries. */
function center(): IdentityCenter {
  const options = { ...clientConfig, endpoint, credentials, region: 'eu-west-1', maxAttempts: 1 };
  return {
    ssoAdmin: new SSOAdminClient(options),
    instanceArn: INSTANCE,
    identityStore: new IdentitystoreClient(options),
    identityStoreId: STORE,
    pause: async () => {},
  };
}
const memberships = () => identityStoreMemberships(center().identityStore, STORE);

async function errorOf(call: Promise<unknown>): Promise<unknown> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(inspect(error, { showHidden: true, depth: null })).not.toMatch(/canary/);
  return error;
}

const page = (groupIds: string[], NextToken?: string) =>
  answer({
    GroupMemberships: groupIds.map((GroupId) => ({
      ...{ IdentityStoreId: STORE, MembershipId: `m-${GroupId}`, GroupId, MemberId: { UserId: USER_ID } },
    })),
    ...(NextToken && { NextToken }),
  });

test('memberships are listed to the last page, across an empty one', async () => {
  answers = { ListGroupMembershipsForMember: [page(['g1'], 'a'), page([], 'b'), page(['g2'])] };
  expect(await memberships().of(USER_ID, ample())).toEqual([
    { kind: 'membership', groupId: 'g1', membershipId: 'm-g1' },
    { kind: 'membership', groupId: 'g2', membershipId: 'm-g2' },
  ]);
  const common = {
    operation: 'ListGroupMembershipsForMember',
    IdentityStoreId: STORE,
    MemberId: { UserId: USER_ID },
    MaxResults: 100,
  };
  expect(asked).toEqual([common, { ...common, NextToken: 'a' }, { ...common, NextToken: 'b' }]);
});

test('a user who no longer exists has no memberships', async () => {
  answers = { ListGroupMembershipsForMember: [missing('USER')] };
  expect(await memberships().of(USER_ID, ample())).toEqual([]);
});

test('if a page fails, the list fails instead of being shorter', async () => {
  answers = { ListGroupMembershipsForMember: [page(['g1'], 'a'), refusal(400, 'ThrottlingException')] };
  expect(await errorOf(memberships().of(USER_ID, ample()))).toMatchObject({
    code: 'assignments-unavailable',
  });
});

// None of these says that the user, the group or the membership no longer exists.
describe.each<[string, Respond, string]>([
  ['no such store', missing('IDENTITY_STORE'), 'assignments-refused'],
  ['something is missing, and AWS does not say what', missing(), 'assignments-refused'],
  ['no key', missing('USER', { Reason: 'KMS_KEY_NOT_FOUND' }), 'assignments-refused'],
  ['no permission', refusal(400, 'AccessDeniedException'), 'assignments-refused'],
  ['a bad id', refusal(400, 'ValidationException'), 'assignments-refused'],
  ['throttling', refusal(400, 'ThrottlingException'), 'assignments-unavailable'],
  ['its own error', refusal(500, 'InternalServerException'), 'assignments-unavailable'],
  ['an error of tomorrow', refusal(400, 'NewException'), 'assignments-unavailable'],
  ['a proxy', (response) => response.writeHead(404).end('<html>canary'), 'assignments-unavailable'],
  ['garbage', (response) => response.writeHead(200).end('<html>canary'), 'assignments-unavailable'],
  ['a cut', (response) => response.destroy(), 'assignments-unavailable'],
  ['no answer', () => {}, 'assignments-unavailable'],
])('%s', (name, respond, code) => {
  const signal = () => (name === 'no answer' ? AbortSignal.timeout(100) : ample());

  test.each([
    ['ListGroupMembershipsForMember', () => memberships().of(USER_ID, signal())],
    ['DescribeGroup', () => memberships().isExternal(membership, signal())],
    ['DeleteGroupMembership', () => memberships().leave(membership, signal())],
    ['CreateGroupMembership', () => memberships().join(USER_ID, membership, signal())],
  ])(`to %s: ${code}`, async (operation, call) => {
    answers = { [operation]: [respond] };
    expect(await errorOf(call())).toMatchObject({ name: 'DomainError', code });
  });
});

test.each([
  ['no list', answer({})],
  ['no group', answer({ GroupMemberships: [{ MembershipId: 'm1' }] })],
  ['no membership id', answer({ GroupMemberships: [{ GroupId: 'g1' }] })],
])('an answer with %s is unreadable and no list', async (_, respond) => {
  answers = { ListGroupMembershipsForMember: [respond] };
  expect(await errorOf(memberships().of(USER_ID, ample()))).toMatchObject({
    code: 'assignments-unavailable',
    cause: { name: 'UnreadableAnswer' },
  });
});

test.each([
  ['with external ids', answer({ GroupId: 'g1', ExternalIds: [{ Issuer: 'i', Id: 'x' }] }), true],
  ['with none', answer({ GroupId: 'g1', ExternalIds: [] }), false],
  ['without the member', answer({ GroupId: 'g1' }), false],
  ['that is gone', missing('GROUP'), false],
])(
  'a group belongs to another directory only if it has external ids (a group %s)',
  async (_, respond, expected) => {
    answers = { DescribeGroup: [respond] };
    expect(await memberships().isExternal(membership, ample())).toBe(expected);
  },
);

test('a membership is deleted by its id; one that no longer exists counts as removed', async () => {
  answers = { DeleteGroupMembership: [answer({}), missing('GROUP_MEMBERSHIP')] };
  await memberships().leave(membership, ample());
  await memberships().leave(membership, ample());
  const request = { operation: 'DeleteGroupMembership', IdentityStoreId: STORE, MembershipId: 'm1' };
  expect(asked).toEqual([request, request]);
});

test('a conflict while deleting a membership is temporary', async () => {
  answers = { DeleteGroupMembership: [refusal(409, 'ConflictException')] };
  expect(await errorOf(memberships().leave(membership, ample()))).toMatchObject({
    code: 'assignments-unavailable',
  });
});

const joinRequest = {
  ...{ operation: 'CreateGroupMembership', IdentityStoreId: STORE, GroupId: 'g1' },
  MemberId: { UserId: USER_ID },
};

test('joining a group is done if the answer names the membership', async () => {
  answers = { CreateGroupMembership: [answer({ MembershipId: 'm2', IdentityStoreId: STORE })] };
  expect(await memberships().join(USER_ID, membership, ample())).toBe('given');
  expect(asked).toEqual([joinRequest]);
});

// AWS may not say whether the user is already a member, or the group was changed at the same time.
describe.each(['UNIQUENESS_CONSTRAINT_VIOLATION', 'CONCURRENT_MODIFICATION', undefined])(
  'joining a group with a conflict for the reason %s',
  (Reason) => {
    const conflict = refusal(409, 'ConflictException', { ...(Reason && { Reason }) });

    test.each([
      ['the user is in the group', ['g0', 'g1'], 'given'],
      ['the user is not', ['g0'], 'under-way'],
    ] as const)('if %s according to the list %s, the result is %s', async (_, groups, expected) => {
      answers = {
        CreateGroupMembership: [conflict],
        ListGroupMembershipsForMember: [page([...groups])],
      };
      expect(await memberships().join(USER_ID, membership, ample())).toBe(expected);
      expect(asked.map(({ operation }) => operation)).toEqual([
        'CreateGroupMembership',
        'ListGroupMembershipsForMember',
      ]);
    });

    test('is unavailable if the list fails', async () => {
      answers = {
        CreateGroupMembership: [conflict],
        ListGroupMembershipsForMember: [refusal(500, 'InternalServerException')],
      };
      expect(await errorOf(memberships().join(USER_ID, membership, ample()))).toMatchObject({
        code: 'assignments-unavailable',
      });
    });
  },
);

test('joining a group is not done if the answer names no membership', async () => {
  answers = { CreateGroupMembership: [answer({})] };
  expect(await errorOf(memberships().join(USER_ID, membership, ample()))).toMatchObject({
    code: 'assignments-unavailable',
    cause: { name: 'UnreadableAnswer' },
  });
});

test.each(['USER', 'GROUP'])('joining a group is refused if AWS knows no such %s', async (type) => {
  answers = { CreateGroupMembership: [missing(type)] };
  expect(await errorOf(memberships().join(USER_ID, membership, ample()))).toMatchObject({
    code: 'assignments-refused',
  });
});

describe('removing a membership', () => {
  const remove = () => accessRemover(center()).remove(USER_ID, membership, ample());
  const ofOwnGroup = { DescribeGroup: [answer({ GroupId: 'g1' })] };

  test.each(['AccessDeniedException', 'ValidationException'])('is left if AWS answers %s', async (name) => {
    answers = { ...ofOwnGroup, DeleteGroupMembership: [refusal(400, name)] };
    expect(await remove()).toEqual({ left: 'refused' });
  });

  test('fails as refused if the identity store does not exist, which a person must repair', async () => {
    answers = { ...ofOwnGroup, DeleteGroupMembership: [missing('IDENTITY_STORE')] };
    expect(await errorOf(remove())).toMatchObject({ code: 'assignments-refused' });
  });

  test('deletes nothing and fails as refused if the group may not be read, because its directory is unknown', async () => {
    answers = { DescribeGroup: [refusal(400, 'AccessDeniedException')] };
    expect(await errorOf(remove())).toMatchObject({ code: 'assignments-refused' });
    expect(asked.map(({ operation }) => operation)).toEqual(['DescribeGroup']);
  });
});

const assignment = {
  kind: 'assignment',
  accountId: '111122223333',
  permissionSetArn: 'arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef',
} as const;
const deletion = (status: unknown) => answer({ AccountAssignmentDeletionStatus: status });
const creation = (status: unknown) => answer({ AccountAssignmentCreationStatus: status });

// Answers that the emulator never gives.
test.each([
  ['nothing', undefined],
  ['a status of tomorrow', { Status: 'PAUSED', RequestId: 'r1' }],
  ['a change that nobody can ask for', { Status: 'IN_PROGRESS' }],
])('a change of an assignment is not done if its answer has %s', async (_, status) => {
  answers = {
    DeleteAccountAssignment: [deletion(status)],
    CreateAccountAssignment: [creation(status)],
  };
  for (const call of [
    accessRemover(center()).remove(USER_ID, assignment, ample()),
    accessGiver(center()).give(USER_ID, assignment, ample()),
  ]) {
    expect(await errorOf(call)).toMatchObject({
      code: 'assignments-unavailable',
      cause: { name: 'UnreadableAnswer' },
    });
  }
});

test('a change that was under way and is no longer known is not done', async () => {
  answers = {
    DeleteAccountAssignment: [deletion({ Status: 'IN_PROGRESS', RequestId: 'r1' })],
    DescribeAccountAssignmentDeletionStatus: [answer({})],
  };
  const call = accessRemover(center()).remove(USER_ID, assignment, ample());
  expect(await errorOf(call)).toMatchObject({ code: 'assignments-unavailable' });
  expect(asked.at(-1)).toEqual({
    operation: 'DescribeAccountAssignmentDeletionStatus',
    InstanceArn: INSTANCE,
    AccountAssignmentDeletionRequestId: 'r1',
  });
});

test('a change of an assignment names the user, the account, the permission set and the instance', async () => {
  answers = {
    DeleteAccountAssignment: [deletion({ Status: 'SUCCEEDED', RequestId: 'r1' })],
    CreateAccountAssignment: [creation({ Status: 'SUCCEEDED', RequestId: 'r2' })],
  };
  expect(await accessRemover(center()).remove(USER_ID, assignment, ample())).toBe('removed');
  expect(await accessGiver(center()).give(USER_ID, assignment, ample())).toBe('given');
  const request = {
    InstanceArn: INSTANCE,
    TargetId: '111122223333',
    TargetType: 'AWS_ACCOUNT',
    PermissionSetArn: assignment.permissionSetArn,
    PrincipalType: 'USER',
    PrincipalId: USER_ID,
  };
  expect(asked).toEqual([
    { operation: 'DeleteAccountAssignment', ...request },
    { operation: 'CreateAccountAssignment', ...request },
  ]);
});
