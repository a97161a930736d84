import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import {
  closeServer,
  createLocalServer,
  listen,
  localUrl,
  readBody,
} from '../../local/ground/http-server.ts';

const SCRIPT = join(import.meta.dirname, '..', '..', 'examples', 'register-after-login.sh');
const HASH = '06df7ec90decadd0c5dd4ed2f245b2a59d1d8826';
const SECRET = 'canary-secret-0123456789';

const token = {
  startUrl: 'https://example.awsapps.com/start',
  region: 'eu-west-1',
  accessToken: 'canary-access-0123456789',
  expiresAt: '2026-01-01T01:00:00Z',
  refreshToken: 'canary-refresh-0123456789',
};
const registration = { clientId: 'client', clientSecret: SECRET, expiresAt: '2026-03-01T01:00:00Z' };
const apart = { ...token, clientIdHash: HASH };
const whole = { ...token, clientId: 'client', clientSecret: SECRET };

/**
 * Replacements of the AWS CLI, as far as the script calls it, and of curl, which writes down its arguments and
 * environment.
 */
const AWS = `#!/usr/bin/env bash
case "$1 $2" in
  'sso login') ;;
  'configure get') [[ $3 == sso_session ]] && echo my-sso ;;
  'configure export-credentials')
    printf 'AWS_ACCESS_KEY_ID=key-id\\nAWS_SECRET_ACCESS_KEY=canary-key-0123456789\\nAWS_SESSION_TOKEN=canary-session-0123456789\\n' ;;
  *) exit 64 ;;
esac
`;
const CURL = `#!/usr/bin/env bash
{ printf '%s\\n' "$@"; env; } >"$HOME/seen-of-curl"
PATH=\${PATH#*:} exec curl "$@"
`;

let home: string;
let answer: { status: number; body: object };
let requests: {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}[];
let server: ReturnType<typeof createLocalServer>;
let api: string;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'register-'));
  await mkdir(join(home, 'bin'));
  await mkdir(join(home, '.aws', 'sso', 'cache'), { recursive: true });
  writeFileSync(join(home, 'bin', 'aws'), AWS, { mode: 0o755 });
  writeFileSync(join(home, 'bin', 'curl'), CURL, { mode: 0o755 });
  answer = { status: 201, body: { sessionId: 's', refreshable: true } };
  requests = [];
  server = createLocalServer(async (request, response) => {
    const body = String(await readBody(request, 100_000));
    requests.push({ method: request.method, url: request.url, headers: request.headers, body });
    response
      .writeHead(answer.status, { 'content-type': 'application/json' })
      .end(JSON.stringify(answer.body));
  });
  api = localUrl(await listen(server, 0));
});
afterEach(async () => {
  await closeServer(server);
  rmSync(home, { recursive: true });
});

const cached = (name: string, content: string | object) =>
  writeFileSync(
    join(home, '.aws', 'sso', 'cache', `${name}.json`),
    typeof content === 'string' ? content : JSON.stringify(content),
  );
const NAME = createHash('sha1').update('my-sso').digest('hex');

function run(more: Record<string, string> = {}) {
  const env = {
    PATH: `${join(home, 'bin')}${delimiter}${process.env.PATH}`,
    HOME: home,
    REVOCATION_API: api,
    REVOCATION_REGION: 'eu-west-1',
    ...more,
  };
  return new Promise<{ code: unknown; out: string; err: string }>((resolve) => {
    execFile('bash', [SCRIPT, 'my-profile'], { env }, (error, out, err) =>
      resolve({ code: error ? error.code : 0, out, err }),
    );
  });
}

const sent = () => JSON.parse(requests[0]?.body ?? 'null');
const ONLY_UNTIL = /only until its access token expires/;

/** Needs curl 7.76 or later, which can sign. Without it, these tests are skipped. */
const withCurl = spawnSync('curl', ['--fail-with-body', '--version']).status === 0 ? test : xtest;

withCurl(
  'a token-cache file with its client registration is sent unchanged and signed, and only the answer is printed',
  async () => {
    const written = JSON.stringify(whole, null, 2);
    cached(NAME, written);
    cached(HASH, registration);
    expect(await run()).toEqual({ code: 0, out: `${JSON.stringify(answer.body)}\n`, err: '' });
    expect(requests).toEqual([expect.objectContaining({ method: 'PUT', url: '/sessions', body: written })]);
    expect(requests[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-amz-security-token': 'canary-session-0123456789',
      authorization: expect.stringContaining('key-id/'),
    });
  },
);

withCurl.each([
  ['on one line', apart, registration],
  ['on many lines', JSON.stringify(apart, null, 2), JSON.stringify(registration, null, 2)],
  ['with spaces around', ` \n ${JSON.stringify(apart)}\n\n`, `\n${JSON.stringify(registration)}\n`],
  ['with a client id in the token-cache file', { ...apart, clientId: 'client' }, registration],
])('a client registration in another file, %s, is sent along unchanged', async (_name, file, other) => {
  cached(NAME, file);
  cached(HASH, other);
  expect(await run()).toMatchObject({ code: 0, err: '' });
  expect(sent()).toMatchObject({ ...apart, clientRegistration: registration });
});

withCurl.each<[string, object, string | object | undefined]>([
  ['is not there', apart, undefined],
  ['is empty', apart, ''],
  ['holds no secret', apart, { clientId: 'client' }],
  ['is not named', token, registration],
  ['is named by a path', { ...token, clientIdHash: `../${HASH}` }, registration],
])(
  'if the client registration %s, the token-cache file is sent unchanged, and a hint is printed',
  async (_name, file, other) => {
    cached(NAME, file);
    if (other !== undefined) cached(HASH, other);
    const { code, err } = await run();
    expect(code).toBe(0);
    expect(err).toMatch(ONLY_UNTIL);
    expect(sent()).toEqual(file);
  },
);

withCurl('if the answer says not refreshable, a hint is printed', async () => {
  cached(NAME, whole);
  answer.body = { sessionId: 's', refreshable: false };
  const { code, out, err } = await run();
  expect([code, JSON.parse(out)]).toEqual([0, answer.body]);
  expect(err).toMatch(ONLY_UNTIL);
});

withCurl("a file other than the AWS CLI's can be named", async () => {
  cached('kiro-auth-token', apart);
  cached(HASH, registration);
  const TOKEN_CACHE_FILE = join(home, '.aws', 'sso', 'cache', 'kiro-auth-token.json');
  expect(await run({ TOKEN_CACHE_FILE })).toMatchObject({ code: 0, err: '' });
  expect(sent()).toEqual({ ...apart, clientRegistration: registration });
});

withCurl('a refusal is printed, and the script fails', async () => {
  cached(NAME, whole);
  answer = { status: 409, body: { code: 'user-revoked' } };
  const { code, out } = await run();
  expect(code).not.toBe(0);
  expect(JSON.parse(out)).toEqual(answer.body);
});

withCurl.each<[string, object, Record<string, string>]>([
  ['in one file', whole, {}],
  ['in two', apart, {}],
  [
    'where the environment has variables of these names',
    apart,
    Object.fromEntries(
      [
        ...['body', 'registration', 'keys'],
        ...['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'],
      ].map((name) => [name, 'of before']),
    ),
  ],
])('no secret is in arguments, in the environment, or printed: %s', async (_name, file, environment) => {
  cached(NAME, file);
  cached(HASH, registration);
  const { out, err } = await run(environment);
  const seen = readFileSync(join(home, 'seen-of-curl'), 'utf8');
  expect(seen).toContain('/sessions');
  expect(seen + out + err).not.toContain('canary');
});
