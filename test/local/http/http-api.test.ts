import { connect } from 'node:net';
import { type RunningHttpApi, startHttpApi } from '../../../local/http/http-api.ts';
import type { HttpEvent } from '../../../local/http/http-event.ts';
import { matchRoute } from '../../../local/http/route-match.ts';

const route = (key: string) => ({ key, functionId: `fn ${key}`, iamAuthorized: key !== 'GET /open' });
const routes = ['GET /open', 'HEAD /open', 'POST /things', 'GET /things/{id}', '$default'].map(route);

describe('the HTTP API', () => {
  let api: RunningHttpApi;
  let events: HttpEvent[];
  let lines: string[];
  let result: () => unknown;

  beforeEach(async () => {
    [events, lines, result] = [[], [], () => ({ statusCode: 200 })];
    const invoke = async (_: string, event: unknown) => {
      // A function gets JSON, which also shows absent members.
      events.push(JSON.parse(JSON.stringify(event)));
      return result();
    };
    api = await startHttpApi({ port: 0, apiId: 'api', routes, invoke, output: (line) => lines.push(line) });
  });
  afterEach(() => api.close());

  it('builds a complete event of payload format 2.0', async () => {
    await fetch(`${api.url}/things/a%20b?x=1&x=2&y=%26`, {
      headers: [
        ['X-One', 'a'],
        ['x-one', 'b'],
        ['cookie', 'k=v; l=w'],
        ['user-agent', 'test'],
      ],
    });
    const [event] = events;
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'GET /things/{id}',
      rawPath: '/things/a b',
      rawQueryString: 'x=1&x=2&y=%26',
      cookies: ['k=v', 'l=w'],
      headers: { 'x-one': expect.stringMatching(/^a, ?b$/), 'user-agent': 'test' },
      queryStringParameters: { x: '1,2', y: '&' },
      pathParameters: { id: 'a b' },
      isBase64Encoded: false,
      requestContext: {
        accountId: '000000000000',
        apiId: 'api',
        authorizer: {
          iam: { userArn: 'arn:aws:sts::000000000000:assumed-role/local/you', cognitoIdentity: null },
        },
        http: {
          method: 'GET',
          path: '/things/a b',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'test',
        },
        routeKey: 'GET /things/{id}',
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
    });
    expect(event).not.toHaveProperty('body');
    expect(event?.headers).not.toHaveProperty('cookie');
  });

  it('omits what a request does not have', async () => {
    await fetch(`${api.url}/open`);
    for (const absent of ['body', 'cookies', 'queryStringParameters', 'pathParameters']) {
      expect(events[0]).not.toHaveProperty(absent);
    }
    expect(events[0]?.requestContext).not.toHaveProperty('authorizer');
  });

  it.each([
    ['application/json', '{"ü":1}', false],
    ['application/problem+json; charset=utf-8', '{}', false],
    ['text/plain', 'ü', false],
    ['application/xml', '<a/>', false],
    ['application/octet-stream', 'ü', true],
    ['application/x-www-form-urlencoded', 'a=b', true],
  ])('passes on a body of %s', async (type, body, isBase64Encoded) => {
    await fetch(`${api.url}/things`, { method: 'POST', body, headers: { 'content-type': type } });
    expect(events[0]).toMatchObject({
      isBase64Encoded,
      body: isBase64Encoded ? Buffer.from(body).toString('base64') : body,
    });
  });

  it.each([
    [
      'an answer',
      { statusCode: 201, headers: { Location: '/x' }, body: 'made' },
      201,
      'made',
      'text/plain;charset=UTF-8',
    ],
    [
      'a binary answer',
      { statusCode: 200, body: 'w7w=', isBase64Encoded: true },
      200,
      'ü',
      'text/plain;charset=UTF-8',
    ],
    ['an object without a status', { a: 1 }, 200, '{"a":1}', 'application/json'],
    ['a string', 'hello', 200, 'hello', 'application/json'],
    ['nothing', null, 200, 'null', 'application/json'],
    ['no content', { statusCode: 204 }, 204, '', 'text/plain;charset=UTF-8'],
    [
      'a body that is no string',
      { statusCode: 200, body: {} },
      500,
      '{"message":"Internal Server Error"}',
      'application/json',
    ],
    [
      'a status that is none',
      { statusCode: 'x' },
      500,
      '{"message":"Internal Server Error"}',
      'application/json',
    ],
    [
      'a header HTTP does not allow',
      { statusCode: 200, headers: { a: 'x\ny' } },
      500,
      '{"message":"Internal Server Error"}',
      'application/json',
    ],
  ])('maps %s', async (_, given, status, body, type) => {
    result = () => given;
    const response = await fetch(`${api.url}/open`);
    expect(response.status).toBe(status);
    expect(await response.text()).toBe(body);
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('apigw-requestid')).toBeTruthy();
  });

  it.each([
    ['the length that the function says', { headers: { 'content-length': '7' } }, '7'],
    ['no length where none is said: that of GET is not known', {}, null],
    ['the length of a body that the function gives', { body: 'made' }, '4'],
  ])('answers HEAD without a body, and with %s', async (_, given, length) => {
    result = () => ({ statusCode: 200, ...given });
    const response = await fetch(`${api.url}/open`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(response.headers.get('content-length')).toBe(length);
    expect(events[0]).toMatchObject({ routeKey: 'HEAD /open', requestContext: { http: { method: 'HEAD' } } });
  });

  it('does not match a GET route for HEAD', async () => {
    await fetch(`${api.url}/things/1`, { method: 'HEAD' });
    expect(events[0]?.routeKey).toBe('$default');
  });

  it('sends the real length of a body, whatever the function says', async () => {
    result = () => ({ statusCode: 200, headers: { 'content-length': '7' }, body: 'made' });
    const response = await fetch(`${api.url}/open`);
    expect([await response.text(), response.headers.get('content-length')]).toEqual(['made', '4']);
  });

  it('sends headers and cookies', async () => {
    result = () => ({
      statusCode: 302,
      headers: { Location: '/there', 'Retry-After': 3 },
      cookies: ['a=b', 'c=d'],
    });
    const { headers } = await fetch(`${api.url}/open`, { redirect: 'manual' });
    expect([headers.get('location'), headers.get('retry-after')]).toEqual(['/there', '3']);
    expect(headers.getSetCookie()).toEqual(['a=b', 'c=d']);
  });

  it('answers 500 for a failed function, and logs nothing of the request', async () => {
    result = () => {
      throw new Error('canary in the error');
    };
    const response = await fetch(`${api.url}/things`, { method: 'POST', body: 'canary in the body' });
    expect([response.status, await response.text()]).toEqual([500, '{"message":"Internal Server Error"}']);
    expect(lines).toEqual([expect.stringContaining('fn POST /things failed')]);
    expect(lines.join()).not.toContain('canary');
  });

  it('refuses a body over 10 MB, and accepts one of 10 MB', async () => {
    const post = (length: number) =>
      fetch(`${api.url}/things`, { method: 'POST', body: Buffer.alloc(length) });
    const refused = await post(10 * 1024 * 1024 + 1);
    expect([refused.status, await refused.text()]).toEqual([413, '{"message":"Request Entity Too Large"}']);
    expect(events).toHaveLength(0);
    expect((await post(10 * 1024 * 1024)).status).toBe(200);
  });

  it.each([
    ['a little under', 9_500, 200],
    ['over', 10_300, 431],
    ['far over', 40_000, 431],
  ])('enforces the limit of request line and headers: %s', async (_, length, status) => {
    expect((await fetch(`${api.url}/open`, { headers: { filler: 'x'.repeat(length) } })).status).toBe(status);
  });

  it('survives a client that disconnects', async () => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    await new Promise<void>((sent) => {
      socket.write('POST /things HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf', () => sent());
    });
    socket.destroy();
    expect((await fetch(`${api.url}/open`)).status).toBe(200);
  });
});

describe('the choice of a route', () => {
  const all = ['$default', 'GET /a/{id}', 'GET /a/fixed', 'GET /{x}/{y}'].map(route);
  it.each([
    ['GET', '/a/fixed', 'GET /a/fixed', undefined],
    ['GET', '/a/1', 'GET /a/{id}', { id: '1' }],
    ['PUT', '/a/1', '$default', undefined],
    ['GET', '/b/c', 'GET /{x}/{y}', { x: 'b', y: 'c' }],
    ['GET', '/a/2%2F3', 'GET /a/{id}', { id: '2/3' }],
    ['GET', '/a/1/2', '$default', undefined],
    ['GET', '/', '$default', undefined],
    ['GET', '/a/%zz', 'GET /a/{id}', { id: '%zz' }],
  ])('%s %s goes to %s', (method, path, key, pathParameters) => {
    const match = matchRoute(all, method, path);
    expect([match?.route.key, match?.pathParameters]).toEqual([key, pathParameters]);
  });

  it('is empty if nothing matches', () => {
    expect(matchRoute([route('GET /a')], 'POST', '/a')).toBeUndefined();
    expect(matchRoute([route('GET /a')], 'GET', '/a/')).toBeUndefined();
  });
});
