import { join } from 'node:path';
import { parseCommandLine } from '../bench/command-line.ts';
import { head, type Report, toText } from '../bench/report.ts';
import { percentile } from '../bench/section.ts';

const known = ['warm', 'mass', 'cost'];

test('without a name, every section runs and the output is Markdown', () => {
  expect(parseCommandLine([], known)).toEqual({ sections: known, format: 'markdown' });
});

test('only the named sections run, in their usual order', () => {
  const wanted = { sections: ['mass', 'cost'], format: 'json' };
  expect(parseCommandLine(['cost', '--json', 'mass'], known)).toEqual(wanted);
});

test('a section that does not exist is refused, and the error lists those that do', () => {
  const said = 'There is no section speed. Sections: warm, mass, cost.';
  expect(() => parseCommandLine(['mass', 'speed'], known)).toThrow(said);
});

const report: Report = {
  head: { date: '2026-11-28T01:02:03.000Z', cpu: 'A CPU', cores: 2, node: '24.21.0', commit: 'abc1234' },
  sections: {
    warm: {
      title: 'Warm',
      tables: [
        {
          columns: [
            { key: 'what', title: 'what' },
            { key: 'ratio', title: '× bare', decimals: 2 },
            { key: 'bytes', title: 'bytes' },
          ],
          rows: [
            { what: 'a|b', ratio: 1.239, bytes: 12 },
            { what: 'skipped', ratio: null, bytes: null },
          ],
        },
      ],
      notes: ['How it was measured.'],
    },
  },
};

test('the Markdown has the machine, each table with its own digits, and the notes', () => {
  expect(toText(report, 'markdown')).toBe(`2026-11-28, A CPU, 2 cores, Node.js 24.21.0, commit abc1234

## Warm

| what | × bare | bytes |
| --- | --: | --: |
| a\\|b | 1.24 | 12 |
| skipped |  |  |

- How it was measured.
`);
});

test('the JSON has the numbers unrounded', () => {
  expect(JSON.parse(toText(report, 'json'))).toEqual(report);
});

test('the head names this machine and the commit', () => {
  const { cores, node, commit } = head(join(import.meta.dirname, '..'));
  expect({ cores: cores > 0, node }).toEqual({ cores: true, node: process.versions.node });
  expect(commit).toMatch(/^[0-9a-f]{7,}\+?$/);
  expect(head('/').commit).toBeNull();
});

test('a percentile is one of the values', () => {
  expect([0.5, 0.99, 1].map((share) => percentile([3, 1, 2], share))).toEqual([2, 3, 3]);
  expect(percentile([], 0.5)).toBeNaN();
});
