import { inspect } from 'node:util';
import { SSOClient } from '@aws-sdk/client-sso';
import { clientConfig, TIMEOUTS } from '../../../../lambda/aws/clients.ts';
import { ssoPortal } from '../../../../lambda/aws/identity-center/portal.ts';
import { Network } from '../../../../lambda/aws/network.ts';
import { Secret } from '../../../../lambda/domain/secret.ts';
import { sessionIdOf } from '../../../../lambda/domain/session.ts';
import type { Fault } from '../../../../local/emulators/ground/faults.ts';
import { type Emulators, startEmulators } from '../../../../local/emulators/server.ts';
import { unwatched } from '../../../support/unwatched.ts';

let emulator: Emulators;
let now = Date.UTC(2026, 0, 1);
let throttled: number;
const watch = {
  throttled: () => {
    throttled += 1;
  },
};

beforeAll(async () => {
  emulator = await startEmulators({ clock: () => now });
});
afterAll(() => emulator.close());
beforeEach(() => {
  throttled = 0;
});
afterEach(() => emulator.faults.set({ operation: 'logout', fault: 'none' }));

const ample = () => new AbortController().signal;
const signIn = () => new Secret(emulator.signIns.signIn().accessToken);

function portal(config: { endpoint?: string; requestTimeout?: number } = {}) {
  const { endpoint = emulator.url, requestTimeout = TIMEOUTS.requestTimeout } = config;
  const requestHandler = new Network({ ...TIMEOUTS, requestTimeout });
  return ssoPortal(
    (region) => new SSOClient({ ...clientConfig, requestHandler, endpoint, region }),
    ['eu-west-1'],
    watch,
  );
}

function requestsFor(token: Secret): (number | null)[] {
  const own = emulator.requests.filter(({ sessionId }) => sessionId === sessionIdOf(token));
  return own.map(({ status }) => status);
}

test('one request ends a live session, which is dead from then on', async () => {
  const token = signIn();
  expect(await portal().logout(token, 'eu-west-1', ample())).toEqual({
    kind: 'ended',
    outcome: 'LOGGED_OUT',
    attempts: 1,
  });
  expect(requestsFor(token)).toEqual([200]);
  expect(emulator.signIns.userOf(token.reveal())).toBeUndefined();
  expect(await portal().logout(token, 'eu-west-1', ample())).toEqual({
    kind: 'ended',
    outcome: 'ALREADY_INVALID',
    attempts: 1,
  });
});

test('unknown and expired tokens are already invalid', async () => {
  const expired = signIn();
  now += 61 * 60_000;
  for (const token of [expired, new Secret('never issued')]) {
    expect(await portal().logout(token, 'eu-west-1', ample())).toMatchObject({ outcome: 'ALREADY_INVALID' });
  }
});

interface Case {
  fault: Fault;
  times: number;
  requests: (number | null)[];
  expected: object;
}

const ended = (attempts: number) => ({ kind: 'ended', outcome: 'LOGGED_OUT', attempts });
const unavailable = (failure: object) => ({ kind: 'failed', why: 'unavailable', failure, attempts: 3 });

const cases: Case[] = [
  { fault: 'fail', times: 2, requests: [500, 500, 200], expected: ended(3) },
  { fault: 'throttle', times: 1, requests: [429, 200], expected: ended(2) },
  { fault: 'cut', times: 2, requests: [null, null, 200], expected: ended(3) },
  { fault: 'hang', times: 1, requests: [null, 200], expected: ended(2) },
  // The Logout succeeds and its answer gets lost. The SDK's own retry then finds a dead session.
  {
    fault: 'lost',
    times: 1,
    requests: [null, 401],
    expected: { kind: 'ended', outcome: 'ALREADY_INVALID', attempts: 2 },
  },
  {
    fault: 'fail',
    times: 9,
    requests: [500, 500, 500],
    expected: unavailable({ name: 'InternalServerException', status: 500 }),
  },
  { fault: 'cut', times: 9, requests: [null, null, null], expected: unavailable({ name: 'TimeoutError' }) },
  { fault: 'hang', times: 9, requests: [null, null, null], expected: unavailable({ name: 'TimeoutError' }) },
  {
    fault: 'throttle',
    times: 9,
    requests: [429, 429, 429],
    expected: {
      kind: 'failed',
      why: 'throttled',
      failure: { name: 'TooManyRequestsException', status: 429 },
      attempts: 3,
    },
  },
  {
    fault: 'reject',
    times: 9,
    requests: [400],
    expected: {
      kind: 'failed',
      why: 'malformed-token',
      failure: { name: 'InvalidRequestException', status: 400 },
      attempts: 1,
    },
  },
];

test.each(cases)(
  'on the fault $fault, $times times, the requests are answered $requests',
  async ({ fault, times, requests, expected }) => {
    const token = signIn();
    emulator.faults.set({ operation: 'logout', fault, times });
    const result = await portal({ requestTimeout: 150 }).logout(token, 'eu-west-1', ample());
    expect(result).toEqual(expected);
    expect(requestsFor(token)).toEqual(requests);
    expect(throttled).toBe(requests.filter((status) => status === 429).length);
    expect(inspect(result, { showHidden: true, depth: null })).not.toContain(token.reveal());
  },
);

test("each request waits for its turn, also the SDK's retries, and each 429 is reported to its turn", async () => {
  const token = signIn();
  emulator.faults.set({ operation: 'logout', fault: 'throttle', times: 2 });
  const told: number[] = [];
  let taken = 0;
  const next = async () => {
    taken += 1;
    const turn = taken;
    expect(requestsFor(token)).toHaveLength(turn - 1);
    return () => void told.push(turn);
  };
  expect(await portal().logout(token, 'eu-west-1', ample(), { next })).toEqual(ended(3));
  expect([taken, told]).toEqual([3, [1, 2]]);
});

test('a Logout whose turn does not come in time sends no request', async () => {
  const token = signIn();
  const next = (signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  for (const signal of [AbortSignal.timeout(20), AbortSignal.abort()]) {
    expect(await portal().logout(token, 'eu-west-1', signal, { next })).toEqual({
      kind: 'failed',
      why: 'unavailable',
      failure: { name: 'OutOfTime' },
      attempts: 0,
    });
  }
  expect(requestsFor(token)).toEqual([]);
});

test('the signal ends a call that hangs', async () => {
  const token = signIn();
  emulator.faults.set({ operation: 'logout', fault: 'hang', times: 9 });
  const result = await portal().logout(token, 'eu-west-1', AbortSignal.timeout(500));
  expect(result).toMatchObject({ kind: 'failed', why: 'unavailable' });
  expect(requestsFor(token)).toEqual([null]);
});

test('if nobody listens at the endpoint, the portal is unavailable', async () => {
  const elsewhere = portal({ endpoint: 'http://127.0.0.1:9' });
  expect(await elsewhere.logout(signIn(), 'eu-west-1', ample())).toEqual(
    unavailable({ name: 'ECONNREFUSED' }),
  );
});

test.each([
  ['ENOTFOUND', 'xx-nowhere-1', 'unknown-region'],
  ['ENOTFOUND', 'us-east-1', 'unavailable'],
  ['ENOTFOUND', 'eu-west-1', 'unavailable'],
  ['EAI_AGAIN', 'eu-west-1', 'unavailable'],
] as const)('%s for the region %s: %s', async (code, region, why) => {
  const handle = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code }));
  const unresolved = ssoPortal(
    () => new SSOClient({ region: 'eu-west-1', requestHandler: { handle } }),
    ['us-east-1', 'eu-west-1'],
    unwatched,
  );
  const notEnded = { kind: 'failed', why, failure: { name: code }, attempts: 3 };
  expect(await unresolved.logout(signIn(), region, ample())).toEqual(notEnded);
  expect(await unresolved.accepts(signIn(), region, ample())).toEqual(notEnded);
});
