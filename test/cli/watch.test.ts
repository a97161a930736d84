import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../../cli/exit-codes.ts';
import { Failure } from '../../cli/failure.ts';
import { createAgent } from '../../cli/watch/agent.ts';
import { openRegisteredKeys, stateFile } from '../../cli/watch/registered-keys.ts';
import { START_URL } from '../../local/emulators/sign-in/sign-ins.ts';
import { closeServer, listen, localUrl } from '../../local/ground/http-server.ts';
import { homeWith, runIcr } from '../support/icr.ts';

const PORTAL = 'https://example.awsapps.com/start';
let folder: string;
let state: string;
let now: number;
let sent: string[];
let said: string[];
/** The answers of the API in turn, then success. */
let answers: Failure[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'icr-cache-'));
  state = join(folder, 'state', 'registered.json');
  now = Date.parse('2026-01-01T00:00:00Z');
  [sent, said, answers] = [[], [], []];
});
afterEach(() => rmSync(folder, { recursive: true }));

async function agent() {
  return createAgent({
    folder,
    api: 'https://api.example.com',
    registerFor: ({ startUrl }) =>
      startUrl === PORTAL
        ? async ({ body }) => {
            sent.push(JSON.parse(body.reveal()).accessToken);
            const failure = answers.shift();
            if (failure) throw failure;
            return { sessionId: 's', userId: 'u', expiresAt: 'then', refreshable: true, isNew: true };
          }
        : undefined,
    registered: await openRegisteredKeys(state),
    now: () => now,
    say: (line) => said.push(line),
  });
}

const token = (accessToken: string, more: object = {}) => ({
  startUrl: PORTAL,
  region: 'eu-west-1',
  accessToken,
  expiresAt: '2026-01-01T01:00:00Z',
  refreshToken: `canary-refresh-${accessToken}`,
  clientId: 'client',
  clientSecret: 'canary-client-secret',
  ...more,
});
const cache = (name: string, content: object | string) =>
  writeFileSync(
    join(folder, `${name}.json`),
    typeof content === 'string' ? content : JSON.stringify(content),
  );

test('a token that replaces another of the same length within one tick of the file clock is registered', async () => {
  const { look } = await agent();
  const tick = new Date();
  for (const accessToken of ['canary-1', 'canary-2', 'canary-3']) {
    cache('one', token(accessToken));
    utimesSync(join(folder, 'one.json'), tick, tick);
    await look();
  }
  expect(sent).toEqual(['canary-1', 'canary-2', 'canary-3']);
});

test('each session is registered once, and a refreshed token or another file is another session', async () => {
  const { look } = await agent();
  cache('one', token('canary-1'));
  cache('registration', { clientId: 'client', clientSecret: 'canary-client-secret', expiresAt: 'later' });
  for (let times = 0; times < 3; times += 1) await look();
  expect(sent).toEqual(['canary-1']);
  cache('one', token('canary-2'));
  cache('two', token('canary-3'));
  for (let times = 0; times < 3; times += 1) await look();
  expect(sent.sort()).toEqual(['canary-1', 'canary-2', 'canary-3']);
});

test('a file that is written again with the same content is not registered again', async () => {
  const { look } = await agent();
  cache('one', token('canary-1'));
  await look();
  cache('one', `${JSON.stringify(token('canary-1'), undefined, 2)}\n`);
  await look();
  expect(sent).toEqual(['canary-1']);
});

test('after a restart, nothing is registered twice; the state file has only hashes, for this user alone', async () => {
  cache('one', token('canary-1'));
  await (await agent()).look();
  await (await agent()).look();
  expect(sent).toEqual(['canary-1']);
  const text = readFileSync(state, 'utf8');
  expect(text).toMatch(/^\{"registered":\["[\w-]{43}"\]\}\n$/);
  expect(text + said.join()).not.toContain('canary');
  expect(statSync(state).mode & 0o777).toBe(0o600);
});

test.each([['nonsense'], ['{"registered":[1,"x"]}'], ['[]'], ['']])(
  'a state file with %j is ignored',
  async (text) => {
    cache('one', token('canary-1'));
    const { look } = await agent();
    await look();
    writeFileSync(state, text);
    await (await agent()).look();
    expect(sent).toEqual(['canary-1', 'canary-1']);
  },
);

test('a half-written file is read again until it is complete, and a broken one is ignored', async () => {
  const { look } = await agent();
  const whole = JSON.stringify(token('canary-1'));
  cache('one', whole.slice(0, 60));
  cache('broken', '{');
  expect(await look()).toBe(250);
  expect(sent).toEqual([]);
  cache('one', whole);
  await look();
  expect(sent).toEqual(['canary-1']);
  for (let times = 0; times < 30; times += 1) await look();
  expect(await look()).toBe(4_000);
});

test.each([
  ['of another portal', { startUrl: 'https://other.awsapps.com/start' }],
  ['that names no portal', { startUrl: undefined }],
  ['that has expired', { expiresAt: '2025-12-31T23:59:59Z' }],
  ['without a token', { accessToken: undefined }],
])('a session %s is not sent', async (_name, more) => {
  const { look } = await agent();
  cache('one', token('canary-1', more));
  expect(await look()).toBe(4_000);
  expect(sent).toEqual([]);
});

test('if a client registration appears later, the session is registered again, and becomes refreshable', async () => {
  const { look } = await agent();
  const { clientId, clientSecret, ...apart } = token('canary-1');
  cache('one', { ...apart, clientIdHash: 'ab12' });
  await look();
  cache('ab12', { clientId, clientSecret });
  await look();
  expect(sent).toEqual(['canary-1', 'canary-1']);
});

test.each([
  ['the API', new Failure(EXIT.unavailable, 'Nothing listens.')],
  ['the portal, so that there are no credentials', new Failure(EXIT.refused, 'Nothing listens.')],
])(
  'an outage of %s is reported once and retried with growing delays of at most 30 seconds',
  async (_name, down) => {
    const { look } = await agent();
    answers = Array.from({ length: 40 }, () => down);
    cache('one', token('canary-1', { expiresAt: '2026-01-01T08:00:00Z' }));
    const before = now;
    const times: number[] = [];
    while (now < before + 600_000) {
      const count = sent.length;
      const wait = await look();
      if (sent.length > count) times.push(now);
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(4_000);
      now += wait;
    }
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(30_000);
    expect(times.length).toBeGreaterThan(20);
    expect(said).toEqual(['Nothing listens.']);
    answers = [];
    const [tried, back] = [sent.length, now];
    while (sent.length === tried) now += await look();
    expect(now - back).toBeLessThanOrEqual(30_000);
    await look();
    expect(sent).toHaveLength(tried + 1);
  },
);

test.each<[string, ConstructorParameters<typeof Failure>[2], number]>([
  ['session-expired', { status: 400, code: 'session-expired' }, 1],
  ['user-revoked: it was ended', { status: 409, code: 'user-revoked' }, 1],
  ['a right that is missing, which may be given later', { status: 403 }, 6],
  ['too-many-sessions, of which some end', { status: 409, code: 'too-many-sessions' }, 6],
])('after %s, the API is asked only so often in five minutes', async (_name, more, times) => {
  const { look } = await agent();
  answers = Array.from({ length: 40 }, () => new Failure(EXIT.refused, 'No.', more));
  cache('one', token('canary-1'));
  for (const end = now + 300_000; now < end; ) now += await look();
  expect(sent.length).toBeGreaterThanOrEqual(Math.min(times, 6));
  expect(sent.length).toBeLessThanOrEqual(times + 2);
  if (times === 1) expect(sent).toHaveLength(1);
});

test('the state file is where each operating system keeps such files', () => {
  const at = (platform: NodeJS.Platform, env = {}) => stateFile({ platform, env, home: '/home/j' });
  expect(at('linux')).toBe('/home/j/.local/state/icr/registered.json');
  expect(at('linux', { XDG_STATE_HOME: '/state' })).toBe('/state/icr/registered.json');
  expect(at('darwin')).toBe('/home/j/Library/Application Support/icr/registered.json');
  expect(at('win32', { LOCALAPPDATA: '/local' })).toBe('/local/icr/registered.json');
});

test('a signal ends the agent cleanly, also during a request', async () => {
  const ending = new AbortController();
  const hanging = createServer(() => ending.abort());
  const api = localUrl(await listen(hanging, 0));
  const place = homeWith('work');
  process.env.AWS_CONFIG_FILE = place.config;
  place.signIn('work', token('canary-1', { startUrl: START_URL, expiresAt: undefined }));
  const args = ['watch', '--api', api, '--profiles', 'work', '--state', state];
  const { code, out, err } = await runIcr(args, { home: place.home, signal: ending.signal });
  expect([code, out]).toEqual([EXIT.done, '']);
  expect(err).toMatch(/^Watching .*\n$/);
  delete process.env.AWS_CONFIG_FILE;
  place.remove();
  await closeServer(hanging);
});
