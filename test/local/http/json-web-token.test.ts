import { startHttpApi } from '../../../local/http/http-api.ts';
import { unsignedToken } from '../../../local/http/json-web-token.ts';

const NOW = Date.UTC(2026, 0, 2);
const [iss, aud] = ['https://idp.example.com/', 'session-revocation'];
const valid = { iss, aud, exp: NOW / 1000 + 60, sub: 'jane' };

/** The answer of a route with the scope `read`, and what its function learns about the caller. */
async function ask(authorization?: string, scopes = ['read']) {
  const told: unknown[] = [];
  const api = await startHttpApi({
    port: 0,
    apiId: 'api',
    routes: [
      {
        key: 'GET /',
        functionId: 'fn',
        iamAuthorized: false,
        token: { issuer: iss, audience: [aud], scopes },
      },
    ],
    output: () => {},
    clock: () => NOW,
    async invoke(_, event) {
      told.push(Object(event).requestContext.authorizer);
      return { statusCode: 200, body: '' };
    },
  });
  const response = await fetch(api.url, authorization === undefined ? {} : { headers: { authorization } });
  await api.close();
  return { status: response.status, body: await response.text(), told };
}

const bearer = (claims: object) => `Bearer ${unsignedToken(claims)}`;

test('the function gets the claims as text, as from API Gateway, and the scopes', async () => {
  const claims = {
    ...valid,
    scp: ['read', 'lift'],
    roles: ['a', 'b'],
    flag: true,
    none: null,
    more: { a: 1 },
  };
  const { status, told } = await ask(bearer(claims));
  const { iss: _, ...rest } = { ...valid, exp: String(valid.exp) };
  const texts = { scp: '[read lift]', roles: '[a b]', flag: 'true', more: '{"a":1}' };
  expect([status, told]).toEqual([
    200,
    [{ jwt: { claims: { iss, ...rest, ...texts }, scopes: ['read', 'lift'] } }],
  ]);
});

test.each<[string, object]>([
  ['in scope', { scope: 'lift read' }],
  ['in scp, as text', { scp: 'read' }],
  ['for a client_id, without aud', { aud: undefined, client_id: aud, scope: 'read' }],
  ['for several audiences', { aud: ['other', aud], scope: 'read' }],
])('a token with the scope %s is accepted', async (_name, claims) => {
  expect((await ask(bearer({ ...valid, ...claims }))).status).toBe(200);
});

test('a route without scopes accepts any token, and passes on no scopes', async () => {
  const { status, told } = await ask(bearer({ ...valid, scope: 'read' }), []);
  expect([status, told]).toMatchObject([200, [{ jwt: { scopes: null } }]]);
});

test.each<[string, string | undefined, number]>([
  ['no token', undefined, 401],
  ['a token that is none', 'Bearer x', 401],
  ['a SigV4 signature', 'AWS4-HMAC-SHA256 Credential=AKIA/20260102/us-east-1/execute-api/aws4_request', 401],
  ['another issuer', bearer({ ...valid, iss: 'https://idp.example.com', scope: 'read' }), 401],
  ['another audience', bearer({ ...valid, aud: 'other', scope: 'read' }), 401],
  [
    'an aud that is another, and a client_id that fits',
    bearer({ ...valid, aud: 'x', client_id: aud, scope: 'read' }),
    401,
  ],
  ['a token that is over', bearer({ ...valid, exp: NOW / 1000, scope: 'read' }), 401],
  ['a token that never ends', bearer({ ...valid, exp: undefined, scope: 'read' }), 401],
  ['a token of later', bearer({ ...valid, nbf: NOW / 1000 + 1, scope: 'read' }), 401],
  ['no scope', bearer(valid), 403],
  ['another scope', bearer({ ...valid, scope: 'read-all', roles: ['read'] }), 403],
])('with %s, the function is not called', async (_name, authorization, status) => {
  const answer = await ask(authorization);
  expect(answer).toMatchObject({ status, told: [] });
  expect(answer.body).toBe(JSON.stringify({ message: status === 401 ? 'Unauthorized' : 'Forbidden' }));
});
