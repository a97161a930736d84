import { createServer, type IncomingMessage } from 'node:http';
import { inspect } from 'node:util';
import { SSOClient } from '@aws-sdk/client-sso';
import { clientConfig } from '../../../../lambda/aws/clients.ts';
import { ssoPortal } from '../../../../lambda/aws/identity-center/portal.ts';
import { Secret } from '../../../../lambda/domain/secret.ts';
import { closeServer, listen, localUrl } from '../../../../local/ground/http-server.ts';
import { unwatched } from '../../../support/unwatched.ts';

const token = new Secret('canary-0123456789');

/** Asks a portal that answers every request in the same way. */
async function ask(status: number, errorType: string, body: object) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': errorType });
    response.end(JSON.stringify(body));
  });
  const endpoint = localUrl(await listen(server, 0));
  const portal = ssoPortal(
    (region) => new SSOClient({ ...clientConfig, endpoint, region, maxAttempts: 1 }),
    ['eu-west-1'],
    unwatched,
  );
  const acceptance = await portal.accepts(token, 'eu-west-1', new AbortController().signal);
  await closeServer(server);
  return { acceptance, requests };
}

test.each([
  ['accounts', 200, '', { accountList: [{ accountId: '123456789012' }] }, { kind: 'accepted' }],
  ['no accounts: the person may have none', 200, '', { accountList: [] }, { kind: 'accepted' }],
  ['401', 401, 'UnauthorizedException', { message: 'canary' }, { kind: 'rejected' }],
  ["a proxy's 401", 401, '', {}, { kind: 'rejected' }],
  ['400', 400, 'InvalidRequestException', { message: 'canary' }, { kind: 'failed', why: 'malformed-token' }],
  ['429', 429, 'TooManyRequestsException', { message: 'canary' }, { kind: 'failed', why: 'throttled' }],
  [
    '403: that the token is dead, only a 401 says',
    403,
    'ForbiddenException',
    {},
    { kind: 'failed', why: 'unavailable' },
  ],
  ['404', 404, 'ResourceNotFoundException', {}, { kind: 'failed', why: 'unavailable' }],
  ['500', 500, 'InternalServerException', {}, { kind: 'failed', why: 'unavailable' }],
])('the portal answers with %s', async (_name, status, errorType, body, expected) => {
  const { acceptance } = await ask(status, errorType, body);
  expect(acceptance).toMatchObject(expected);
  if (acceptance.kind !== 'accepted') expect(acceptance.failure.status).toBe(status);
  expect(inspect(acceptance, { showHidden: true, depth: null })).not.toContain('canary');
});

test('asks for one account, with the token and without a signature', async () => {
  const { requests } = await ask(200, '', { accountList: [] });
  expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'GET /assignment/accounts?max_result=1',
  ]);
  expect(requests[0]?.headers).toMatchObject({ 'x-amz-sso_bearer_token': token.reveal() });
  expect(requests[0]?.headers).not.toHaveProperty('authorization');
});

test('if the deadline passes first, the portal has not answered', async () => {
  const portal = ssoPortal((region) => new SSOClient({ ...clientConfig, region }), ['eu-west-1'], unwatched);
  const asked = portal.accepts(token, 'eu-west-1', AbortSignal.abort());
  expect(await asked).toMatchObject({ kind: 'failed', why: 'unavailable', failure: { name: 'AbortError' } });
});
