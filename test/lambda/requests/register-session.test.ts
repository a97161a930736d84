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

const refreshing = { refreshToken: 'r', clientId: 'i', clientSecret: 's' };
const registration = { clientId: 'own', clientSecret: 'own secret' };
const registered = { clientId: 'i', clientSecret: 's', expiresAt: '2026-03-01T01:00:00Z', scopes: ['x'] };

describe.each([
  ['PUT /sessions', (body: object) => ownSessionRequest(requestWith({ body }), {})],
  [
    'PUT /users/{userId}/sessions',
    (body: object) => anySessionRequest(requestWith({ body, pathParameters: { userId: ALICE } })),
  ],
  ['POST /revocations', (body: object) => revokeRequest(requestWith({ body }))],
])('what a refresh takes, from the body of %s', (_route, parse) => {
  const refreshOf = (more: object) => {
    const request = parse({ ...file, ...more });
    if (!('refresh' in request) || !request.refresh) return undefined;
    const { refreshToken, clientId, clientSecret } = request.refresh;
    return { refreshToken: refreshToken.reveal(), clientId, clientSecret: clientSecret.reveal() };
  };

  test.each<[string, object]>([
    ['in the token-cache file', refreshing],
    ['in a registration file beside it', { refreshToken: 'r', clientRegistration: registered }],
    ['in both: the token-cache file wins', { ...refreshing, clientRegistration: registration }],
    [
      'in half in the token-cache file: a client id and its secret come from one file',
      { refreshToken: 'r', clientId: 'half', clientRegistration: registered },
    ],
    [
      'in the wrong form in the token-cache file',
      { refreshToken: 'r', clientId: 7, clientSecret: '', clientRegistration: registered },
    ],
  ])('%s', (_name, more) => {
    expect(refreshOf(more)).toEqual(refreshing);
  });

  test.each<[string, object]>([
    ['has no refresh token', { clientRegistration: registered }],
    ['has a refresh token in the registration', { clientRegistration: refreshing }],
    ['has no registration', { refreshToken: 'r' }],
    ...[null, 'i', 7, [], ['i', 's'], {}, { clientId: 'i' }, { clientId: '', clientSecret: 's' }].map(
      (clientRegistration): [string, object] => [
        `has the registration ${JSON.stringify(clientRegistration)}`,
        { refreshToken: 'r', clientRegistration },
      ],
    ),
  ])('is taken without it where it %s', (_name, more) => {
    expect(refreshOf(more)).toBeUndefined();
    expect(parse({ ...file, ...more })).toMatchObject({
      accessTokenExpiresAt: new Date('2026-01-01T01:00:00Z'),
    });
  });

  test('has the expiry of the token, not of the registration', () => {
    expect(parse({ ...file, clientRegistration: registered })).toMatchObject({
      accessTokenExpiresAt: new Date('2026-01-01T01:00:00Z'),
    });
  });
});

test.each([
  [
    'as it is',
    'aws-cli/2.31.0 md/prompt#off ua/2.1 os/linux',
    'aws-cli/2.31.0 md/prompt#off ua/2.1 os/linux',
  ],
  ['without control characters', 'icr/1.0\u0000\r\n\u001b[2Jlinux', 'icr/1.0 [2Jlinux'],
  ['without characters that turn the text around it', 'icr\u202e\u2066/1.0\u200b', 'icr /1.0'],
  ['without half characters', `a${'\ud83d'}`, 'a'],
  ['no longer than 256 characters', 'x '.repeat(150), 'x '.repeat(128)],
  [
    'without a word that is too long for the name of a tool, as a token is',
    `icr/1 ${'t'.repeat(65)} linux`,
    'icr/1 … linux',
  ],
  ['cut between characters', `${'x '.repeat(127)}x\u{1f600}`, `${'x '.repeat(127)}x\ufffd`],
  ['not at all if it says nothing', ' \t\u0000', undefined],
  ['not at all if it is missing', undefined, undefined],
])('the tool that registers a session is recorded %s', (_name, userAgent, registeredWith) => {
  const headers = { 'user-agent': userAgent };
  const own = ownSessionRequest(requestWith({ headers }), {});
  const other = anySessionRequest(requestWith({ headers, pathParameters: { userId: ALICE } }));
  expect([own.registeredWith, other.registeredWith]).toEqual([registeredWith, registeredWith]);
});
