import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { allRoutes } from '../infra/route-rules.ts';

const PAGES = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md')];
const SOURCES = globSync('{lambda,infra}/**/*.ts');

const headingsOf = (page: string) =>
  [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);

/** Builds the anchor that GitHub builds for a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

test.each(PAGES)('all links of %s to files and headings have a target', (page) => {
  const links = [...readFileSync(page, 'utf8').matchAll(/\]\(((?!\w+:)[^)\s]+)\)/g)].map(
    ([, link = '']) => link,
  );
  const dead = links.filter((link) => {
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : join(dirname(page), path);
    if (!existsSync(target)) return true;
    return anchor !== undefined && !headingsOf(target).map(anchorOf).includes(anchor);
  });
  expect(dead).toEqual([]);
});

test('each fact that a comment cites is a heading of docs/facts.md', () => {
  const headings = headingsOf('docs/facts.md');
  const named = SOURCES.flatMap((file) => readFileSync(file, 'utf8').split('docs/facts.md § ').slice(1));
  expect(named.filter((text) => !headings.some((heading) => text.startsWith(heading)))).toEqual([]);
});

test('each test that the threat model names exists with that title', () => {
  const named = [
    ...readFileSync('docs/threat-model.md', 'utf8').matchAll(/`([\w/.-]+\.test\.ts)` "([^"]+)"/g),
  ];
  const isThere = (file: string, title: string) => {
    const path = join('test', file);
    const source = existsSync(path) ? readFileSync(path, 'utf8') : '';
    return [`'${title}'`, `"${title}"`, `\`${title}\``].some((literal) => source.includes(literal));
  };
  const missing = named.filter(([, file = '', title = '']) => !isThere(file, title));
  expect(missing.map(([text]) => text)).toEqual([]);
  expect(named.length).toBeGreaterThan(50);
});

test('the threat model names each attack of test/proofs/attacks', () => {
  const model = readFileSync('docs/threat-model.md', 'utf8');
  const titles = globSync('test/proofs/attacks/*.test.ts').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^attack\(\s*(['"])(.+?)\1,/gms)].map(
      ([, , title = '']) => title,
    ),
  );
  expect(titles.length).toBeGreaterThan(15);
  expect(titles.filter((title) => !model.includes(`"${title}"`))).toEqual([]);
});

test.each(['docs/api.md', 'docs/design.md'])('the table of routes in %s has every route', (page) => {
  const rows = readFileSync(page, 'utf8').matchAll(/^\| `([A-Z]+ \/[^?`]*)/gm);
  const written = new Set([...rows].map(([, route = '']) => route));
  expect([...written].sort()).toEqual(Object.values(allRoutes).sort());
});

/** Codes that no caller of the API gets: they concern messages, stored tokens, policies and the event bus. */
const NOT_ANSWERED = [
  ...['message-malformed', 'ciphertext-invalid', 'policy-busy', 'policy-refused'],
  'events-unavailable',
];

test('the table of errors in docs/api.md has every code with its status, and no other', () => {
  const source = readFileSync('lambda/shell/problems.ts', 'utf8');
  const codes = [...source.matchAll(/^ {2}'?([\w-]+)'?: \{ status: (\d+),/gm)]
    .map(([, code = '', status]) => `${status} ${code}`)
    .filter((line) => !NOT_ANSWERED.some((code) => line.endsWith(code)));
  const rows = readFileSync('docs/api.md', 'utf8').matchAll(/^\| (\d{3}(?:, \d{3})*) \| ([^|]+) \|/gm);
  const written = [...rows].flatMap(([, statuses = '', cell = '']) =>
    [...cell.matchAll(/`([\w-]+)`/g)].map(([, code = '']) => ({ statuses: statuses.split(', '), code })),
  );
  const known = written.map(({ statuses, code }) => {
    const status = statuses.find((one) => codes.includes(`${one} ${code}`));
    return `${status ?? statuses} ${code}`;
  });
  expect(known.sort()).toEqual(codes.sort());
});
