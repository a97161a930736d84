import { execFile, spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import validate from 'asl-validator';
import { awsClis, runLines } from '../support/aws-cli.ts';
import { type RunningStack, startWithClock, until } from '../support/running-stack.ts';
import { type Definition, execute } from '../support/state-machine.ts';

// Runs the examples against the local stack. register-after-login.sh has its own test.

const examples = join(import.meta.dirname, '..', '..', 'examples');
const read = (file: string) => readFileSync(join(examples, file), 'utf8');

let running: RunningStack;
let pass: (millis: number) => void;
beforeAll(async () => {
  ({ running, pass } = await startWithClock());
}, 30_000);
afterAll(() => running.close());
afterEach(() => running.stack.emulator.faults.set({ operation: 'logout', fault: 'none' }));
jest.setTimeout(30_000);

const isAlive = ({ accessToken }: { accessToken: string }) =>
  running.stack.emulator.signIns.userOf(accessToken) !== undefined;

const HOST = 'a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com';

describe('the Step Functions workflow', () => {
  const text = read('own-cdk-app/offboarding.asl.json').replaceAll(/\$\{ApiHost\}/g, HOST);
  const definition: Definition = JSON.parse(text);

  test('is valid', () => {
    expect(validate(JSON.parse(text))).toMatchObject({ isValid: true, errors: [] });
  });

  /** Calls the API like Step Functions: any status other than 2xx fails the task. */
  async function callApi(args: Record<string, unknown>) {
    const { ApiEndpoint, Method, Path, AuthType, Headers = {}, RequestBody } = args;
    expect([ApiEndpoint, AuthType]).toEqual([HOST, 'IAM_ROLE']);
    const headers = Object.entries(Object(Headers)).map(([name, values]): [string, string] => [
      name,
      String(Array.isArray(values) && values.length === 1 ? values[0] : undefined),
    ]);
    const response = await running.ask(
      String(Method),
      String(Path),
      RequestBody as object | undefined,
      Object.fromEntries(headers),
    );
    if (response.status >= 300) throw new Error(`ApiGateway.${response.status}`);
    return { StatusCode: response.status, ResponseBody: response.body };
  }

  const run = (input: Record<string, unknown>, wait: () => void | Promise<void> = () => {}) =>
    execute(definition, { input, name: `run-${String(input.userId)}`, task: callApi, wait });

  test('signs the person out, and ends with the revocation', async () => {
    const { userId, file } = await running.register('workflow');
    const { path, output } = await run({ userId, reason: 'left' });
    expect(path).toEqual(['Revoke', 'Is it over', 'Over']);
    expect(output).toMatchObject({ status: 'COMPLETED', reason: 'left', sessions: { loggedOut: 1 } });
    expect(isAlive(file)).toBe(false);
  });

  test('waits and asks again while the revocation is in progress', async () => {
    const { userId, file } = await running.register('in-progress');
    running.stack.emulator.faults.set({ operation: 'logout', fault: 'fail' });
    const { path, output } = await run({ userId }, async () => {
      running.stack.emulator.faults.set({ operation: 'logout', fault: 'none' });
      await new Promise((done) => setTimeout(done, 500));
    });
    expect(path.slice(0, 5)).toEqual(['Revoke', 'Is it over', 'Wait', 'Read', 'Is it over']);
    expect(path.at(-1)).toBe('Over');
    expect(output).toMatchObject({ status: 'COMPLETED', reason: 'offboarding' });
    expect(isAlive(file)).toBe(false);
  });

  test('fails and names the revocation if a session can never be ended', async () => {
    const { userId } = await running.register('rejected');
    running.stack.emulator.faults.set({ operation: 'logout', fault: 'reject' });
    const { path, error, cause } = await run({ userId });
    expect(path.at(-1)).toBe('Still signed in');
    expect([error, cause]).toEqual(['RevocationFailed', expect.stringMatching(/revocation user\./)]);
  });

  test('repeats a failed call with the same Idempotency-Key', async () => {
    const { userId } = await running.register('repeated');
    let failures = 2;
    const { output } = await execute(definition, {
      input: { userId },
      name: 'repeated',
      async task(args) {
        const answer = await callApi(args);
        failures -= 1;
        if (failures >= 0) throw new Error('The answer is lost.');
        return answer;
      },
      wait: () => {},
    });
    expect(output).toMatchObject({ status: 'COMPLETED', sessions: { found: 1, loggedOut: 1 } });
    const { body } = await running.ask('GET', `/revocations?userId=${userId}`);
    expect(body.revocations).toHaveLength(1);
  });
});

/** Needs curl 7.76 or later, which can sign. Without it, these tests are skipped. */
const withCurl = spawnSync('curl', ['--fail-with-body', '--version']).status === 0 ? test : xtest;
const REASON = 'said "bye" \\o/';

function curl(userId: string) {
  const env = {
    PATH: process.env.PATH,
    REVOCATION_API: running.stack.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'canary-key',
    POLL_SECONDS: '0.2',
  };
  return new Promise<{ code: unknown; out: string; err: string }>((done) =>
    execFile('bash', [join(examples, 'curl.sh'), userId, REASON], { env }, (error, out, err) =>
      done({ code: error ? error.code : 0, out, err }),
    ),
  );
}

withCurl('curl.sh signs a person out, waits for the revocation, and prints it', async () => {
  const { userId, file } = await running.register('by-curl');
  running.stack.emulator.faults.set({ operation: 'logout', fault: 'fail' });
  const done = curl(userId);
  await until('it is in progress', () => running.seen.some((line) => line.includes('"kind":"not-ended"')));
  running.stack.emulator.faults.set({ operation: 'logout', fault: 'none' });
  pass(60_000);
  const { code, out, err } = await done;
  expect([code, err]).toEqual([0, '']);
  expect(JSON.parse(out)).toMatchObject({ status: 'COMPLETED', reason: REASON, subject: { userId } });
  expect(isAlive(file)).toBe(false);
});

withCurl.each([
  ['a session can never be ended', 'rejected-by-curl', 1],
  ['the API refuses the request', undefined, 22],
])('curl.sh ends with an error if %s', async (_, userName, wanted) => {
  const userId = userName === undefined ? 'no id' : (await running.register(userName)).userId;
  running.stack.emulator.faults.set({ operation: 'logout', fault: 'reject' });
  const { code, out, err } = await curl(userId);
  expect(code).toBe(wanted);
  expect(out + err).not.toContain('canary');
});

/** Skipped without an AWS CLI. */
const withCli = awsClis.length > 0 ? test : xtest;

withCli('put-events.sh removes a person', async () => {
  const { userId, file } = await running.register('by-event');
  const text = `bash ${join(examples, 'put-events.sh')} ${userId} 'said "bye" \\o/'`;
  const [line] = await runLines([], [{ text }], running.stack.url);
  expect(line).toMatchObject({ code: 0, err: '' });
  await until('the person is signed out', () => !isAlive(file));
  const { body } = await running.ask('GET', `/revocations?userId=${userId}`);
  expect(body.revocations[0]).toMatchObject({ source: 'event', reason: REASON });
});

const recipes = globSync('*.md', { cwd: examples }).filter((file) => file !== 'README.md');

test.each(recipes)('%s says in its first lines why no test runs it', (file) => {
  expect(read(file).split('\n')[2]).toMatch(/^Not run by a test: /);
});

test.each(['okta-workflows.md', 'servicenow.md'])('the API accepts the request of %s', async (file) => {
  const [, body = ''] = /```json\n([\s\S]*?)```/.exec(read(file)) ?? [];
  if (!running.stack.users.find('jdoe@example.com'))
    running.stack.users.create({ userName: 'jdoe@example.com' });
  const { status } = await running.post(body);
  expect(status).toBe(200);
});

test('the index names every example', () => {
  const index = read('README.md');
  const files = [...globSync('*', { cwd: examples }), 'own-cdk-app/offboarding.asl.json'];
  const named = files.filter((file) => file !== 'README.md' && !index.includes(`(${file}`));
  expect(named).toEqual([]);
});
