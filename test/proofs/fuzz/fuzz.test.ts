import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import fc from 'fast-check';
import { buildEvent } from '../../../local/http/http-event.ts';
import { matchRoute } from '../../../local/http/route-match.ts';
import { handlersOf, routesTo, startApi } from '../../support/api.ts';
import { fakeDenying } from '../../support/fake-deny-list.ts';
import { fakeWorld, type World } from '../../support/fakes.ts';
import { proof, type Tally } from '../../support/proof.ts';
import { start } from '../../support/running-stack.ts';
import { secretFinder } from '../../support/secrets.ts';
import { ALICE, BOB } from '../../support/sessions.ts';
import { captureWritten } from '../../support/written.ts';
import { check } from './fuzz.ts';
import { type FuzzedRequest, requests, SECRETS } from './fuzz-requests.ts';
import { faultsOf, leads } from './problem-faults.ts';
import { type FuzzedAnswer, send } from './raw-http.ts';

const written = captureWritten();
const finder = secretFinder(Object.values(SECRETS));
const userIds: Record<string, string> = { 'alice@example.com': ALICE, 'bob@example.com': BOB };

/** All services work, and some people are known. */
function healthyWorld(): World {
  const world = fakeWorld();
  const directory: World['directory'] = {
    userIdOf: async (userName, signal) =>
      userIds[userName] ?? world.directory?.userIdOf(userName, signal) ?? '',
    statusOf: async () => 'enabled',
    userOf: async () => ({ status: 'enabled' }),
  };
  const denying = fakeDenying();
  return { ...world, clock: () => new Date('2026-01-01T00:00:00Z'), directory, denying, lifting: denying };
}

/** @throws Error that says what is wrong with the answer */
function requireGood(answer: FuzzedAnswer, request: FuzzedRequest, tally: Tally): void {
  const leaked = finder.find(answer.text + JSON.stringify(answer.headers));
  tally.leaked += leaked.length;
  const faults = faultsOf(answer, request);
  if (leaked.length + faults.length > 0)
    throw new Error(`${answer.status}: ${[...faults, ...leaked].join('; ')}`);
}

/** @throws Error if a secret or a defect was logged */
function requireSilence(text: string, tally: Tally): void {
  const leaked = finder.find(text);
  tally.leaked += leaked.length;
  expect(leaked).toEqual([]);
  expect(text).not.toContain('"level":"ERROR"');
}

/** API Gateway itself answers 431 if the head of the request is too large. */
const isRefusedBefore = ({ status }: FuzzedAnswer) => status === 431;

type Handlers = ReturnType<typeof handlersOf>;

function eventOf(
  { method, path, headers, body = '' }: FuzzedRequest,
  handlers: Handlers,
): { event: APIGatewayProxyEventV2; handler: Handlers[keyof Handlers] } {
  const match = matchRoute(routesTo(handlers), method, path.split('?')[0] ?? '');
  if (!match) throw new Error('There is a route for everything.');
  // The parts of a request that an event is made of.
  const message = {
    url: path,
    method,
    rawHeaders: headers.flat(),
    httpVersion: '1.1',
    socket: {},
  } as IncomingMessage;
  // A caller who signed in through Identity Center, so that PUT /sessions has a person to look up.
  const signer = {
    accountId: '111122223333',
    roleName: 'AWSReservedSSO_Developer_0123456789abcdef',
    sessionName: 'alice@example.com',
  };
  const input = { match, body: Buffer.from(body), apiId: 'test', requestId: 'request', at: 0, signer };
  return {
    event: buildEvent(message, input) as APIGatewayProxyEventV2,
    handler: handlers[match.route.functionId as keyof Handlers],
  };
}

/** Forms in which API Gateway may pass a body, and forms that it should never use. */
const bodyForms = fc.constantFrom<(event: APIGatewayProxyEventV2, body: string) => object>(
  () => ({}),
  () => ({}),
  (_, body) => ({ body: Buffer.from(body).toString('base64'), isBase64Encoded: true }),
  (_, body) => ({ body, isBase64Encoded: true }),
  () => ({ body: null }),
  () => ({ body: undefined }),
  ({ headers }) => ({ headers: { ...headers, 'content-type': undefined } }),
  () => ({ queryStringParameters: undefined, pathParameters: undefined }),
);

proof('fuzz: each event of the HTTP API gets a correct answer without secrets', async (tally) => {
  let handlers = handlersOf(healthyWorld());
  const context = { awsRequestId: 'request', getRemainingTimeInMillis: () => 29_000 } as Context;
  await check(tally, 30_000, fc.tuple(requests, bodyForms), async ([request, form], run) => {
    if (run % 200 === 0) handlers = handlersOf(healthyWorld());
    const { event: plain, handler } = eventOf(request, handlers);
    const event = { ...plain, ...form(plain, request.body ?? '') } as APIGatewayProxyEventV2;
    const { statusCode = 0, headers = {}, body = '' } = await handler(event, context);
    requireGood({ status: statusCode, headers, text: body }, request, tally);
  });
  requireSilence(written.all(), tally);
});

proof('fuzz: each request over HTTP gets a correct answer without secrets', async (tally) => {
  const api = await startApi(healthyWorld());
  try {
    await check(tally, 6_000, requests, async (request) => {
      const answer = await send(api.url, request);
      if (!isRefusedBefore(answer)) requireGood(answer, request, tally);
    });
  } finally {
    await api.close();
  }
  requireSilence(written.all(), tally);
});

proof(
  'fuzz: each request to the synthesized stack as deployed gets a correct answer without secrets',
  async (tally) => {
    const running = await start();
    try {
      await check(tally, 2_000, requests, async (request) => {
        const answer = await send(running.stack.url, request);
        if (!isRefusedBefore(answer)) requireGood(answer, request, tally);
      });
      requireSilence(running.seen.join('\n'), tally);
    } finally {
      await running.close();
    }
  },
);

test.each([
  [{}, '', true],
  [{ a: [1] }, '/a/0', true],
  [{ 'a/b~': 1 }, '/a~1b~0', true],
  [{ a: {} }, '/a/missing', true],
  [{ a: 1 }, '/a/b', false],
  [{}, '/a/b', false],
  [{}, 'a', false],
  [{}, '/a~2', false],
  [[1], '/1', false],
])('in %j, the pointer %j leads to a part or to a missing member: %s', (value, pointer, isSo) => {
  expect(leads(value, pointer)).toBe(isSo);
});

test.each([
  [{ code: 'other' }, 'type'],
  [{ status: 401 }, 'status 401 in a 400'],
  [{ errors: [] }, '0 pointers'],
  [{ errors: [{ pointer: '/x/y' }] }, 'leads nowhere'],
  [{ title: '' }, 'no title'],
  [{ stack: 'at' }, 'unknown members'],
])('a problem with %j is found faulty', (spoilt, fault) => {
  const code = 'invalid-body';
  const type = `urn:problem-type:identity-center-revocation:${code}`;
  const good = {
    type,
    title: 'T',
    status: 400,
    detail: 'What to do about it',
    code,
    errors: [{ pointer: '/x' }],
  };
  const headers = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' };
  const answer = (problem: object) => ({ status: 400, headers, text: JSON.stringify(problem) });
  const request = { method: 'POST', body: '{}' };
  expect(faultsOf(answer(good), request)).toEqual([]);
  expect(faultsOf(answer({ ...good, ...spoilt }), request).join()).toContain(fault);
});
