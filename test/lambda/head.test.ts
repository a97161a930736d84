import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { routeKeys, routes } from '../../lambda/routes.ts';
import { handlersOf, startApi } from '../support/api.ts';
import { fakeWorld } from '../support/fakes.ts';
import { ALICE, hold, someTokens } from '../support/sessions.ts';
import { captureWritten } from '../support/written.ts';

captureWritten();

const clock = () => new Date('2026-01-01T00:00:00Z');

test('each GET route has a key for HEAD, and no other route has', () => {
  expect(routeKeys(routes.readRevocation)).toEqual([
    'GET /revocations/{revocationId}',
    'HEAD /revocations/{revocationId}',
  ]);
  expect(routeKeys(routes.revoke)).toEqual(['POST /revocations']);
});

test.each([
  [`/sessions?userId=${ALICE}`, 200],
  [`/sessions?userId=${ALICE}&limit=1`, 200],
  ['/sessions', 400],
  [`/sessions?userId=${ALICE}&cursor=x`, 400],
  [`/revocations?userId=${ALICE}`, 200],
  ['/revocations?userId=jané', 400],
  [`/revocations/${'x'.repeat(43)}`, 404],
])(
  'HEAD %s is answered %i, with the headers of GET including its length, and without a body',
  async (path, status) => {
    const world = { ...fakeWorld(), clock };
    await hold(world, ALICE, ...someTokens(2));
    const api = await startApi(world);
    const [get, head] = [await fetch(api.url + path), await fetch(api.url + path, { method: 'HEAD' })];
    const [body, none] = [await get.text(), await head.text()];
    await api.close();
    const headersOf = ({ headers }: Response) => {
      // These differ from answer to answer, or belong to the connection.
      const others = ['date', 'apigw-requestid', 'connection', 'keep-alive'];
      return Object.fromEntries([...headers].filter(([name]) => !others.includes(name)));
    };
    expect([get.status, head.status, none]).toEqual([status, status, '']);
    expect(headersOf(head)).toEqual(headersOf(get));
    expect(headersOf(head)).toMatchObject({ 'content-length': String(Buffer.byteLength(body)) });
  },
);

test.each([`/sessions?userId=${ALICE}`, '/sessions'])(
  'for HEAD %s, a function returns no body to API Gateway',
  async (path) => {
    const [rawPath = '', query = ''] = path.split('?');
    const event = {
      rawPath,
      headers: {},
      queryStringParameters: Object.fromEntries(new URLSearchParams(query)),
      requestContext: { http: { method: 'HEAD' } },
    };
    const context = { awsRequestId: 'request', getRemainingTimeInMillis: () => 29_000 };
    const handler = handlersOf(fakeWorld())[routes.listSessions];
    // API Gateway and Lambda pass more than the functions use.
    const answer = await handler(event as unknown as APIGatewayProxyEventV2, context as Context);
    expect(answer).not.toHaveProperty('body');
    expect(Number(answer.headers?.['content-length'])).toBeGreaterThan(0);
  },
);
