import { readFileSync } from 'node:fs';
import { awsClis, runLines, UNKNOWN_HERE } from '../../support/aws-cli.ts';
import { type RunningStack, startWithClock } from '../../support/running-stack.ts';
import { type ShellSection, shellSections } from '../../support/shell-lines.ts';
import { causeAlarms, STORIES, tellOf } from './stories.ts';

// Runs every line of docs/runbook.md with the real AWS CLI against the local stack. A line that is marked as not run
// here must fail here.

const [before, ...sections] = shellSections(readFileSync('docs/runbook.md', 'utf8'));

jest.setTimeout(120_000);

let running: RunningStack;

const withCli = awsClis.length > 0 ? describe : describe.skip;

/** A crashing function: nothing above causes it. */
const FINDS_NOTHING = ['?ERROR ?"Task timed out"'];

const filled = ({ lines }: ShellSection, values: Record<string, string>) =>
  lines.map((line) => ({
    ...line,
    text: line.text.replace(/'<([\w ]+)>'/g, (_, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`Nothing stands for <${name}>.`);
      return `'${value}'`;
    }),
  }));

withCli('the lines of the runbook (skipped without an AWS CLI)', () => {
  beforeAll(async () => {
    const started = await startWithClock();
    ({ running } = started);
    tellOf(started);
    await causeAlarms();
  });
  afterAll(() => running.close());

  test.each(sections.map((section) => [section.heading, section] as const))(
    '%s',
    async (heading, section) => {
      const story = STORIES[heading];
      const values = (await story?.before()) ?? {};
      const ran = await runLines(before?.lines ?? [], filled(section, values), running.stack.url);
      const unknown = ran.filter(({ code }) => code === UNKNOWN_HERE).map(({ text }) => text);
      if (unknown.length > 0)
        process.stdout.write(`Not run, as no AWS CLI of this machine knows them:\n${unknown.join('\n')}\n`);
      for (const { text, notRun, code, out, err } of ran) {
        if (code === UNKNOWN_HERE) continue;
        if (notRun === undefined) expect({ text, err, code }).toEqual({ text, err, code: 0 });
        else
          expect({ text, fails: code !== 0, err }).toEqual({
            text,
            fails: true,
            err: expect.stringMatching(NOT_HERE),
          });
        const isSearch = notRun === undefined && text.startsWith('aws logs tail');
        if (isSearch && !FINDS_NOTHING.some((pattern) => text.includes(pattern)))
          expect({ text, finds: out !== '' }).toEqual({ text, finds: true });
      }
      await story?.after(ran);
    },
  );
});

const NOT_HERE = /does not emulate|NotEmulated|does not exist/;

test('each line of the runbook is in a section, and calls AWS, the API or sets a variable', () => {
  const lines = sections.flatMap((section) => section.lines);
  expect(lines.length).toBeGreaterThan(50);
  expect(lines.filter(({ text }) => !/^(aws|api) |^\w+=/.test(text))).toEqual([]);
  expect(Object.keys(STORIES).filter((heading) => !sections.some((one) => one.heading === heading))).toEqual(
    [],
  );
});
