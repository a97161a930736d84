import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { appStacks } from '../support/app-templates.ts';
import { awsClis, runLines, UNKNOWN_HERE } from '../support/aws-cli.ts';
import { type RunningStack, startWithClock, workedOff } from '../support/running-stack.ts';
import { type ShellLine, shellSections } from '../support/shell-lines.ts';

// Runs every command that the README prints, and compares every answer.

const root = join(import.meta.dirname, '..', '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const sections = shellSections(readme);

/** The user id that the README prints. */
const SOMEBODY = '906791299c-0a1b…';

jest.setTimeout(120_000);

test('the commands of the first screen are scripts of the package, and CI runs them', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const ci = readFileSync(join(root, '.ci', 'run'), 'utf8');
  const commands = (sections[0]?.lines ?? []).map(({ text }) => text.split('#')[0]?.trim() ?? '');
  expect(commands).toEqual(['npm ci', 'npm start', 'npm run demo', 'npm test']);
  for (const command of commands) expect(ci).toContain(command);
  const named = [...readme.matchAll(/npm run (\w+)/g)].map(([, script = '']) => script);
  expect(named.filter((script) => scripts[script] === undefined)).toEqual([]);
});

test('the app accepts all settings together that the README names with a value', () => {
  const given = [...readme.matchAll(/-c (\w+)=([^\s`]+)/g)].map(([, name = '', value = '']) => [name, value]);
  expect(given.length).toBeGreaterThan(4);
  const { SessionRevocation: stack } = appStacks(Object.fromEntries(given));
  stack?.template.resourceCountIs('AWS::SNS::Topic', 1);
  stack?.template.resourceCountIs('AWS::Organizations::Policy', 1);
});

describe('against the local stack', () => {
  let running: RunningStack;
  let pass: (millis: number) => void;
  let before: ShellLine[];

  beforeAll(async () => {
    ({ running, pass } = await startWithClock());
    const icr = `icr() { ${process.execPath} ${join(root, 'cli', 'main.ts')} "$@"; }`;
    before = [`API=${running.stack.url}`, 'export REVOCATION_API=$API', icr].map((text) => ({ text }));
  });
  afterAll(() => running.close());

  test('the call of the first screen gets the answer that the README prints under it', async () => {
    const { userId } = await running.register('first-screen');
    for (let more = 1; more < 3; more += 1) await running.register('first-screen');
    const [, call = '', answer = ''] = /```console\n\$ (.+)\n([\s\S]+?)```/.exec(readme) ?? [];
    const [ran] = await runLines(before, [{ text: call.replaceAll(SOMEBODY, userId) }], running.stack.url);
    expect(ran).toMatchObject({ code: 0, err: '' });
    const printed = JSON.parse(answer.replaceAll(SOMEBODY, userId));
    // The local run records user names, and a stack does not by default.
    const { recordedUserName, ...answered } = JSON.parse(ran?.out ?? '');
    expect(recordedUserName).toBe('first-screen');
    expect(similar(answered)).toEqual(similar(printed));
  });

  test('each command of "Use" succeeds', async () => {
    const lines = sections.find(({ heading }) => heading === 'Use')?.lines ?? [];
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) {
      const { userId, file } = await running.register(`use-${lines.indexOf(line)}`);
      // Some commands ask a person for confirmation first.
      const text = line.text
        .replaceAll(SOMEBODY, userId)
        .replace(/^icr everyone/, 'icr everyone --yes --no-wait');
      const [ran] = await runLines(before, [{ text }], running.stack.url);
      if (ran?.code === UNKNOWN_HERE && awsClis.length === 0) continue;
      // With --no-wait the revocation is still in progress, so the command exits with 3.
      expect({ text, ...ran }).toMatchObject({ code: text.includes('--no-wait') ? 3 : 0 });
      if (/^(curl|aws)/.test(text)) expect(ran?.out).not.toMatch(/"status":[45]\d\d/);
      await workedOff(running, pass);
      if (/revoke|revocations"|revocations\/|everyone|events/.test(text))
        expect({ text, alive: running.stack.emulator.signIns.userOf(file.accessToken) }).toEqual({ text });
    }
  });
});

/** Makes two answers equal if they differ only in ids, times and callers. */
function similar(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(similar);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, similar(inside)]));
  }
  if (typeof value !== 'string') return value;
  return value
    .replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, 'a time')
    .replace(/^user\.[\w-]+…?$/, 'a revocation of a user')
    .replace(/^arn:aws:sts::\d{12}:assumed-role\/.+$/, 'a role session');
}
