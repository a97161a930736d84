import { anySessionRequest, ownSessionRequest } from '../../../lambda/requests/register-session.ts';
import { revokeRequest } from '../../../lambda/requests/revoke.ts';
import type { Caller } from '../../../lambda/shell/caller.ts';
import type { HttpRequest } from '../../../lambda/shell/http-request.ts';
import { ALICE, BOB } from '../../support/sessions.ts';

const person: Caller = {
  name: 'arn:aws:sts::000000000000:assumed-role/AWSReservedSSO_A_0123456789abcdef/jane',
  owner: 'arn:aws:sts::000000000000:assumed-role/AWSReservedSSO_A_0123456789abcdef',
  roleSession: { role: 'AWSReservedSSO_A_0123456789abcdef', session: 'jane' },
};
const file = { accessToken: 'a-token', expiresAt: '2026-01-01T01:00:00Z' };
const requestWith = (overrides: Partial<HttpRequest> = {}): HttpRequest => ({
  ...{ method: 'PUT', path: '/', pathParameters: {}, query: {}, headers: {}, body: file, caller: person },
  ...overrides,
});

test.each([
  [{}, { userId: undefined, userName: undefined }],
  [
    { userId: ALICE.toUpperCase(), userName: 'jane' },
    { userId: ALICE, userName: 'jane' },
  ],
])("the owner of one's own session is the caller; what the body says is a claim: %j", (more, claimed) => {
  const { owner, requestedBy } = ownSessionRequest(requestWith({ body: { ...file, ...more } }), {});
  expect(owner).toEqual({ user: { userName: 'jane' }, claimed });
  expect(requestedBy).toBe(person.name);
});

test('the owner is nobody for a caller who is nobody, whatever the path or the body says', () => {
  const caller = { name: 'arn', owner: 'arn' };
  const request = requestWith({
    caller,
    pathParameters: { userId: ALICE },
    body: { ...file, userId: ALICE },
  });
  expect(ownSessionRequest(request, {}).owner.user).toBeUndefined();
});

test('the owner of any session is the user of the path, whoever calls; the body only claims', () => {
  const request = requestWith({ pathParameters: { userId: ALICE }, body: { ...file, userId: BOB } });
  expect(anySessionRequest(request).owner).toMatchObject({
    user: { userId: ALICE },
    claimed: { userId: BOB },
  });
});

test.each([undefined, 'jane', `${ALICE}/x`])(
  'any session of the user %j in the path is refused',
  (userId) => {
    const request = requestWith({ pathParameters: { userId } });
    expect(() => anySessionRequest(request)).toThrow('userId must be a user id');
  },
);

test('an idempotency key belongs to the role of the caller, not to its session', () => {
  const headers = { 'idempotency-key': 'k' };
  const request = revokeRequest(requestWith({ headers, body: { userId: ALICE } }));
  expect(request).toMatchObject({
    idempotencyKey: { key: 'k', owner: person.owner },
    requestedBy: person.name,
  });
  expect(revokeRequest(requestWith({ body: { userId: ALICE } }))).toMatchObject({
    idempotencyKey: undefined,
  });
});
