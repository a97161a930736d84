import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from '../../cli/machine.ts';
import { roleCredentials } from '../support/callers.ts';
import { userRemovedEvent } from '../support/events.ts';
import { credentialsOf, homeWith, runIcr } from '../support/icr.ts';
import { type RunningStack, start, until } from '../support/running-stack.ts';

// The first call of each route loads its function.
jest.setTimeout(30_000);

const IDENTITY_STORE = 'd-0000000000';
let running: RunningStack;
let place: ReturnType<typeof homeWith>;
const before = { ...process.env };

beforeAll(async () => {
  running = await start();
  process.env.AWS_ENDPOINT_URL_IDENTITYSTORE = running.stack.emulator.url;
}, 30_000);
beforeEach(() => {
  place = homeWith('work');
  process.env.AWS_CONFIG_FILE = place.config;
});
afterEach(() => place.remove());
afterAll(async () => {
  process.env = before;
  await running.close();
});

const icr = (args: string[], more: Partial<Machine> = {}) =>
  runIcr(['--api', running.stack.url, ...args], { home: place.home, ...more });

/** A user who is signed in by the AWS CLI, and registers with that session's own role credentials. */
async function signedIn(userName: string, more: object = {}) {
  const file = { ...running.stack.emulator.signIns.signIn({ userName }), ...more };
  place.signIn('work', file);
  const keys = await roleCredentials(running.stack.emulator.url, file.accessToken);
  return { file, userId: running.stack.users.find(userName)?.userId ?? '', credentials: credentialsOf(keys) };
}

const idIn = (text: string) => /(user|everyone)\.[\w-]{43}/.exec(text)?.[0] ?? '';

describe('register', () => {
  test('registers the session of a profile, and the second time reports that it is known', async () => {
    const { file, userId, credentials } = await signedIn('register@example.com');
    const first = await icr(['register', 'work'], { credentials });
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out).toMatch(new RegExp(`^Registered: session [\\w-]{43} of user ${userId}, held until `));
    const second = await icr(['register', 'work', '--json'], { credentials });
    expect(JSON.parse(second.out)).toMatchObject({ userId, refreshable: true, isNew: false });
    for (const secret of [file.accessToken, file.refreshToken, file.clientSecret])
      expect(first.out + first.err + second.out + second.err).not.toContain(secret);
  });

  test('registers a session without a refresh token, and says so', async () => {
    const { credentials } = await signedIn('short@example.com', { refreshToken: undefined });
    const { code, err } = await icr(['register', 'work'], { credentials });
    expect(code).toBe(0);
    expect(err).toMatch(/only until its access token expires/);
  });

  test('sends the client registration that is in another file', async () => {
    const { file, credentials } = await signedIn('apart@example.com');
    const { clientId, clientSecret, ...others } = file;
    const token = join(place.cache, 'kiro-auth-token.json');
    writeFileSync(token, JSON.stringify({ ...others, clientIdHash: 'ab12' }));
    writeFileSync(join(place.cache, 'ab12.json'), JSON.stringify({ clientId, clientSecret }));
    const { out } = await icr(['register', '--file', token, '--json'], { credentials });
    expect(JSON.parse(out)).toMatchObject({ refreshable: true });
  });

  test('refuses a caller who is not in Identity Center, and says what to do', async () => {
    await signedIn('refused@example.com');
    const { code, out, err } = await icr(['register', 'work']);
    expect([code, out]).toEqual([6, '']);
    expect(err).toMatch(
      /403 not-your-session.*To do: sign in with a role of IAM Identity Center of your own/,
    );
    expect(err.split('\n')).toHaveLength(2);
  });

  test.each([
    ['of a profile that is not there', ['register', 'none'], /There is no profile none/],
    ['of a profile without a session', ['register', 'work'], /There is no token-cache file/],
    ['without a profile', ['register'], /Give a profile, or --file/],
    [
      'with a registrar role and no user id',
      ['register', 'work', '--registrar-role', 'arn'],
      /your own user id/,
    ],
  ])('%s, nothing is sent', async (_name, args, text) => {
    if (args.includes('--registrar-role')) await signedIn('registrar@example.com');
    const { code, err } = await icr(args);
    expect(code).toBe(2);
    expect(err).toMatch(text);
  });

  test('login runs aws sso login first, and registers nothing if that fails', async () => {
    const { credentials } = await signedIn('login@example.com');
    const ran: (readonly string[])[] = [];
    const run = async (command: string, args: readonly string[]) => {
      ran.push([command, ...args]);
      return ran.length === 1 ? 0 : 255;
    };
    expect(await icr(['login', 'work'], { credentials, run })).toMatchObject({ code: 0 });
    expect(ran).toEqual([['aws', 'sso', 'login', '--profile', 'work']]);
    expect(await icr(['login', 'work'], { credentials, run })).toMatchObject({ code: 6, out: '' });
  });
});

describe('revoke', () => {
  test('completes for a user id, which sessions, show and user report; the second time nothing is held', async () => {
    const { userId } = await running.register('one@example.com');
    const held = await icr(['sessions', userId]);
    expect(held.code).toBe(0);
    expect(held.out).toMatch(/^session id .*\n[\w-]{43} +us-east-1 /);
    const { code, out } = await icr(['revoke', userId, '--reason', 'left']);
    expect(code).toBe(0);
    expect(out).toMatch(/^COMPLETED {2}user\.[\w-]{43}\n.*: left\n {2}sessions: 1 found, 1 logged out/);
    expect(out).toMatch(/role sessions: may continue until .* at the latest/);
    expect(await icr(['sessions', userId])).toMatchObject({ code: 5, out: 'No session is held.\n' });
    const shown = await icr(['show', idIn(out), '--json']);
    expect(shown.code).toBe(0);
    expect(JSON.parse(shown.out)).toMatchObject({ outcomes: [{ outcome: 'LOGGED_OUT', attempts: 1 }] });
    expect((await icr(['user', userId])).out).toMatch(/^may-sign-in-again/);
    expect((await icr(['revoke', userId])).code).toBe(5);
  });

  test('accepts a user name in every command', async () => {
    const { userId } = await running.register('by-name@example.com');
    const named = ['by-name@example.com', '--identity-store', IDENTITY_STORE, '--json'];
    expect(JSON.parse((await icr(['sessions', ...named])).out)).toMatchObject({ userId, sessions: [{}] });
    expect(JSON.parse((await icr(['revoke', ...named])).out)).toMatchObject({ subject: { userId } });
    expect(await icr(['revoke', 'nobody@example.com'])).toMatchObject({ code: 8, out: '' });
    expect(await icr(['user', 'nobody@example.com', '--identity-store', IDENTITY_STORE])).toMatchObject({
      code: 8,
    });
  });

  test('returns the same revocation for the same key', async () => {
    const { userId } = await running.register('key@example.com');
    const args = ['revoke', userId, '--idempotency-key', 'ticket 4711', '--json'];
    const [one, two] = [await icr(args), await icr(args)];
    expect(JSON.parse(two.out).revocationId).toBe(JSON.parse(one.out).revocationId);
  });

  test('waits for the workers, with a progress bar in a terminal', async () => {
    const { userId } = await running.register('slow@example.com');
    running.stack.emulator.faults.set({ operation: 'logout', fault: 'fail' });
    const left = await icr(['revoke', userId, '--no-wait']);
    expect(left.code).toBe(3);
    expect(left.out).toMatch(/^IN_PROGRESS/);
    const shown: string[] = [];
    const err = { isTTY: true, columns: 60, write: (text: string) => shown.push(text) };
    const sleep = () => {
      running.stack.emulator.faults.set({ operation: 'logout', fault: 'none' });
      // The worker retries after five seconds. Here time passes with each look.
      return new Promise<void>((resolve) => setTimeout(resolve, 200));
    };
    const { code, out } = await icr(['revoke', userId], { err, sleep });
    expect(out).toMatch(/^COMPLETED/);
    expect(code).toBe(0);
    expect(shown[0]?.startsWith('\r\u001b[2K[')).toBe(true);
    expect(shown[0]).toMatch(/\[[#.]{24}\] user /);
    expect(shown.at(-1)).toBe('\r\u001b[2K');
  }, 30_000);

  test('revokes each user of a file, also after an unknown one', async () => {
    const { userId } = await running.register('file-a@example.com');
    await running.register('file-b@example.com');
    const file = join(place.home, 'leavers.txt');
    writeFileSync(file, `# of November\n${userId}\r\nunknown@example.com\n\nfile-b@example.com\n${userId}\n`);
    const { code, out, err } = await icr(['revoke', '--file', file, '--json']);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ user, revocation }) => [user, revocation?.status])).toEqual([
      [userId, 'COMPLETED'],
      ['unknown@example.com', undefined],
      ['file-b@example.com', 'COMPLETED'],
    ]);
    expect(err).toBe('3 users: 2 completed, 0 with nothing held, 0 in progress, 1 failed.\n');
    expect(code).toBe(8);
  });

  test.each([
    [['revoke'], /Give one user, or --file/],
    [['revoke', 'x', '--file', 'y'], /Give one user, or --file/],
    [['revoke', '--file', '/nowhere/leavers.txt'], /cannot be read \(ENOENT\)/],
    [['revoke', 'x', '--max-wait', '-1'], /above 0/],
    [['sessions'], /missing required argument/],
    [['nonsense'], /unknown command/],
  ])('refuses %j as a usage error', async (args, text) => {
    const { code, err } = await icr(args);
    expect(code).toBe(2);
    expect(err).toMatch(text);
  });
});

describe('everyone, lift, restore', () => {
  test('everyone asks for the word, and does nothing without it', async () => {
    const args = ['everyone', '--reason', 'breach'];
    expect(await icr(args)).toMatchObject({ code: 2, err: expect.stringMatching(/give --yes/) });
    expect(await icr(args, { ask: async () => 'yes' })).toMatchObject({ code: 2, out: '' });
    const { code, out } = await icr([...args, '--no-wait'], { ask: async () => 'everyone' });
    expect(code).toBe(3);
    expect(out).toMatch(/of everyone, asked by .*: breach/);
    expect(await icr(['lift', '--everyone'])).toMatchObject({
      code: 0,
      out: 'Lifted: 1 denials of everyone\n',
    });
  });

  test("lift ends a user's denial, and fails if nothing is denied", async () => {
    const { userId } = await running.register('lift@example.com');
    await icr(['revoke', userId]);
    expect((await icr(['lift', userId])).out).toMatch(`Lifted: 1 denials of user ${userId}`);
    const { userId: other } = await running.register('not-denied@example.com');
    expect(await icr(['lift', other])).toMatchObject({ code: 8, err: expect.stringMatching(/not-denied/) });
  });

  test('restore says what is missing', async () => {
    const { userId } = await running.register('restore@example.com');
    running.stack.users.disable(userId);
    await running.putEvents(userRemovedEvent({ userId }));
    const list = async () => JSON.parse((await icr(['user', userId, '--json'])).out);
    await until('it is removed', async () => (await list()).revocations[0]?.access?.status === 'COMPLETED');
    const [{ revocationId }] = (await list()).revocations;
    expect(await icr(['restore', revocationId])).toMatchObject({
      code: 6,
      err: expect.stringMatching(/user-not-enabled.*To do: enable the user/),
    });
  });
});

test('text from others cannot rewrite the screen', async () => {
  const { userId } = await running.register('escape@example.com');
  const { out } = await icr(['revoke', userId, '--reason', 'a\u001b[2Jb\nCOMPLETED']);
  expect(out).not.toContain('\u001b');
  expect(out).toContain('a\ufffd[2Jb\ufffdCOMPLETED');
});
