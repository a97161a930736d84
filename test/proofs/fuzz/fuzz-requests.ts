import fc from 'fast-check';
import { denyListRoutes, routeKeys, routes } from '../../../lambda/routes.ts';
import { ALICE, BOB } from '../../support/sessions.ts';
import { type Json, mutated, oddStrings } from './fuzz.ts';
import { spoiltJson } from './fuzz-text.ts';

/** No answer and no log line may contain a part of these. */
export const SECRETS = {
  accessToken: 'aoaAccess-GJ4mQ0v9rXb7Lw2uTfKz6HyNc8PdEs1',
  refreshToken: 'aorRefresh-Vb3nK8sQz5Wm1Yt7Rd9Jh2Lc6Xf4Gp0',
  clientSecret: 'eyJClient-Sx7cD2kN5vB8mH1qT4wZ9rF6jL3pYg0',
};
const tokens = Object.values(SECRETS);

export interface FuzzedRequest {
  method: string;
  /** Percent-encoded where HTTP requires it. */
  path: string;
  headers: [name: string, value: string][];
  body: string | undefined;
}

const ids = fc.constantFrom(ALICE, BOB, ALICE.toUpperCase(), `${ALICE}x`, ` ${BOB}`, tokens[0] ?? '');
const times = fc.constantFrom('2027-01-01T00:00:00Z', '2027-01-01T00:00:00UTC', '2020-01-01T00:00:00Z');

const aUser = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(ALICE, BOB).map((userId) => ({ userId })) },
  { weight: 1, arbitrary: fc.constant({ userName: 'alice@example.com' }) },
  {
    weight: 1,
    arbitrary: fc.record({ userId: ids, userName: fc.constant('nobody@example.com') }, { requiredKeys: [] }),
  },
);

/** Mostly valid bodies, with the secrets in their proper fields. */
const validBodies: fc.Arbitrary<Json> = fc.oneof(
  fc
    .tuple(
      aUser,
      fc.record(
        {
          startUrl: fc.constant('https://example.awsapps.com/start'),
          region: fc.constantFrom('eu-west-1', 'us-east-1'),
          accessToken: fc.nat(5).map((n) => `${SECRETS.accessToken}${n}`),
          expiresAt: times,
          clientId: fc.constant('client'),
          clientSecret: fc.constant(SECRETS.clientSecret),
          registrationExpiresAt: times,
          clientRegistration: fc.constantFrom<Json>(
            { clientId: 'client', clientSecret: SECRETS.clientSecret },
            SECRETS.clientSecret,
          ),
          refreshToken: fc.constant(SECRETS.refreshToken),
          reason: fc.constantFrom('left', 'x'.repeat(512)),
        },
        { requiredKeys: ['accessToken', 'expiresAt', 'refreshToken', 'clientSecret'] },
      ),
    )
    .map(([user, file]): Json => ({ ...file, ...user })),
  fc.record({ userId: ids, reason: fc.constant('left') }),
  fc.record({ userName: fc.constantFrom('alice@example.com', 'bob@example.com', tokens[1] ?? '') }),
  fc.record({ reason: fc.constant('breach') }),
  fc.record({
    reason: fc.constant('breach'),
    except: fc.array(fc.oneof(ids, fc.constant('everyone')), { maxLength: 22 }),
  }),
);

const bodies = fc.option(
  fc.oneof(
    validBodies.map((body) => JSON.stringify(body)),
    spoiltJson(mutated(validBodies)),
  ),
  { nil: undefined, freq: 20 },
);

const cursors = fc.oneof(
  oddStrings,
  fc.constantFrom('x'.repeat(43), 'x'.repeat(6_000), tokens[2] ?? ''),
  // Strings that look like our cursors.
  mutated(
    fc.constantFrom<Json>(
      {
        revocationId: 'r'.repeat(43),
        entry: 'REVOCATION',
        userId: ALICE,
        requestedAt: '2026-01-01T00:00:00.000Z',
      },
      {
        revocationId: 'r'.repeat(43),
        entry: 'REVOCATION',
        day: '2026-01-02',
        requestedAt: '2026-01-02T00:00:00.000Z',
      },
      { revocationId: '💥'.repeat(500), entry: 'REVOCATION', userId: ALICE, requestedAt: '💥'.repeat(500) },
    ),
  ).map((key) => Buffer.from(JSON.stringify(key)).toString('base64url')),
);

const bounds = fc.constantFrom(
  '2026-01-01',
  '2026-01-20',
  '2026-01-02T00:00:00.000Z',
  '0000-01-01',
  '9999-12-31',
);

const queries = fc.array(
  fc.oneof(
    fc.tuple(
      fc.constant('userId'),
      fc.oneof(
        { weight: 3, arbitrary: fc.constant(ALICE) },
        { weight: 1, arbitrary: fc.oneof(ids, oddStrings) },
      ),
    ),
    fc.tuple(
      fc.constant('limit'),
      fc.oneof(fc.constantFrom('1', '25', '1000', '0', '-1', '1e3', '99999999999999999999', '٣'), oddStrings),
    ),
    fc.tuple(fc.constant('cursor'), cursors),
    fc.tuple(fc.constantFrom('from', 'to'), fc.oneof(bounds, oddStrings)),
    fc.tuple(fc.constantFrom('reason', 'refresh'), oddStrings),
    fc.tuple(oddStrings, oddStrings),
  ),
  { maxLength: 4 },
);

const parameters = fc.oneof(
  ids,
  oddStrings,
  fc.constantFrom('x'.repeat(43), 'x'.repeat(5_000), '', '%', '%E0%A4%A', 'a%2Fb', ...tokens),
);
const known = Object.values({ ...routes, ...denyListRoutes }).flatMap(routeKeys);

const targets: fc.Arbitrary<readonly [method: string, path: string]> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.tuple(fc.constantFrom(...known), parameters).map(([route, parameter]) => {
      const [method = '', path = ''] = route.split(' ');
      return [method, path.replace(/\{\w+\}/, () => encoded(parameter))] as const;
    }),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'),
      fc
        .tuple(
          fc.constantFrom('/', '/sessions', '/revocations/', '/revocations/everyone/', '/deny-list'),
          parameters,
        )
        .map(([path, more]) => path + encoded(more)),
    ),
  },
);

const types = fc.oneof(
  {
    weight: 16,
    arbitrary: fc.constantFrom(
      'application/json',
      'Application/JSON; charset=utf-8',
      'application/vnd.api+json',
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'application/x-www-form-urlencoded',
      'text/plain',
      'multipart/form-data; boundary=x',
      '',
      'application/json,text/plain',
      'application/json;charset=utf-16',
    ),
  },
  { weight: 1, arbitrary: fc.oneof(oddStrings, fc.constantFrom(...tokens)) },
);

const headers: fc.Arbitrary<[string, string][]> = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom('content-type', 'Content-Type', 'CONTENT-TYPE'), types), {
      minLength: 1,
      maxLength: 2,
    }),
    fc.array(
      fc.tuple(
        fc.constantFrom(
          'Idempotency-Key',
          'idempotency-key',
          'X-Forwarded-For',
          'Cookie',
          'Authorization',
          'Accept',
          'x-amz-security-token',
        ),
        fc.oneof(oddStrings, fc.constantFrom('key-1', 'k'.repeat(256), 'a key', ...tokens)),
      ),
      { maxLength: 3 },
    ),
  )
  .map(([some, more]) => [
    ...(some.length > 1 && some[0]?.[1] === some[1]?.[1] ? some.slice(1) : some),
    ...more,
  ]);

export const requests: fc.Arbitrary<FuzzedRequest> = fc
  .record({ target: targets, query: queries, headers, body: bodies })
  .map(({ target: [method, path], query, headers: all, body }) => {
    const search = query.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&');
    const sent = all.map(([name, value]): [string, string] => [name, value.replaceAll(/[^\x20-\x7e]/g, '?')]);
    return { method, path: search ? `${path}?${search}` : path, headers: sent, body };
  });

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll('%25', '%');
}
