import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { allRoutes, type RouteName } from '../../infra/route-rules.ts';
import type { ProblemCode } from '../../lambda/shell/problems.ts';
import { openApiDocument, problemsOf, type SeenAnswer, statusOf } from '../../tools/openapi/document.ts';
import { DOCUMENTED } from '../../tools/openapi/routes.ts';
import { answerTo } from '../support/api-answers.ts';
import { DOCUMENT, type Document, requireDocumented, undocumented } from '../support/documented.ts';
import { captureWritten } from '../support/written.ts';
import { cases } from './api-cases.ts';

captureWritten();

const names = Object.keys(allRoutes) as RouteName[];
const seen: (SeenAnswer & { answer: Awaited<ReturnType<typeof answerTo>> })[] = [];
let document: Document;

beforeEach(async () => {
  if (seen.length > 0) return;
  for (const route of names)
    for (const asked of Object.values(cases[route])) {
      const answer = await answerTo(route, asked);
      const body = JSON.parse(answer.body ?? 'null');
      const code: ProblemCode | undefined = body.type && body.code;
      seen.push({ route, status: answer.statusCode ?? 0, ...(code && { code }), body, answer });
    }
  // As it is written: what is undefined is not there.
  document = parse(stringify(openApiDocument(seen.map(steady)), { aliasDuplicateObjects: false }));
});

/** Ids of requests that nobody repeats are random: an example must not be another one each time. */
function steady({ answer: _, body, ...rest }: (typeof seen)[number]): SeenAnswer {
  const text = JSON.stringify(body).replaceAll(/"(user|everyone)\.[\w-]{43}"/g, `"$1.${'A'.repeat(43)}"`);
  return { ...rest, body: JSON.parse(text) };
}

const nameOf = ({ status, code }: Pick<SeenAnswer, 'status' | 'code'>) =>
  code ? `${status} ${code}` : `${status}`;

test.each(names)('%s: what is documented occurs, and what occurs is documented', (name) => {
  const occurred = seen.filter(({ route }) => route === name).map(nameOf);
  const problems = problemsOf(name).map((code) => nameOf({ status: statusOf(code), code }));
  const documented = [...Object.keys(DOCUMENTED[name].answers), ...problems];
  expect(occurred.sort()).toEqual(documented.sort());
  // A case is called what it causes.
  expect(occurred).toEqual(Object.keys(cases[name]).sort());
});

test.each(names)(
  '%s: each answer has the body and the headers of the document, and so has HEAD',
  async (name) => {
    const own = seen.filter(({ route }) => route === name);
    expect(own.map(({ answer }) => undocumented(allRoutes[name], answer, document)).filter(Boolean)).toEqual(
      [],
    );
    if (!allRoutes[name].startsWith('GET ')) return;
    const key = allRoutes[name].replace('GET', 'HEAD');
    for (const asked of Object.values(cases[name])) {
      const answer = await answerTo(name, asked, 'HEAD');
      expect(undocumented(key, answer, document)).toBeUndefined();
    }
  },
);

test('whoever prefers HTML gets pages that are documented, errors too', async () => {
  const headers = { accept: 'text/html' };
  for (const asked of Object.values(cases.readRevocation)) {
    const answer = await answerTo('readRevocation', { ...asked, headers });
    expect(answer.headers?.['content-type']).toBe('text/html; charset=utf-8');
    expect(undocumented(allRoutes.readRevocation, answer, document)).toBeUndefined();
  }
});

test.each<[string, object]>([
  [
    'a field that is not documented',
    { statusCode: 202, body: JSON.stringify({ denialsLifted: 1, more: 1 }) },
  ],
  ['a field less', { statusCode: 202, body: '{}' }],
  ['another status', { statusCode: 201, body: JSON.stringify({ denialsLifted: 1 }) }],
  [
    'another header',
    { statusCode: 202, headers: { 'x-more': '1' }, body: JSON.stringify({ denialsLifted: 1 }) },
  ],
])('an answer with %s is not documented', (_name, { headers, ...answer }: { headers?: object }) => {
  const type = { 'content-type': 'application/json' };
  expect(() =>
    requireDocumented('DELETE /deny-list/everyone', { ...answer, headers: { ...type, ...headers } as never }),
  ).toThrow('docs/openapi.yaml does not document an answer');
});

test('an error of another route is not documented', () => {
  const body = { type: 'a', title: 'b', status: 404, detail: 'c', code: 'user-not-found' };
  const answer = {
    statusCode: 404,
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify(body),
  };
  expect(undocumented('DELETE /deny-list/everyone', answer)).toContain('allowed values');
});

test('docs/openapi.yaml is what the schemas of the handlers say (UPDATE_DOCS=1 writes it)', () => {
  const text = `# Written by UPDATE_DOCS=1 npx jest test/tools/openapi.test.ts\n${stringify(document, { aliasDuplicateObjects: false })}`;
  if (process.env.UPDATE_DOCS) writeFileSync(DOCUMENT, text);
  expect(readFileSync(DOCUMENT, 'utf8')).toBe(text);
});

test('the linter of Redocly has nothing to say, and would say it', () => {
  const lint = join(import.meta.dirname, '..', '..', 'tools', 'openapi', 'lint.ts');
  const linted = (file: string) => {
    const { stdout, stderr } = spawnSync(process.execPath, [lint, file], { encoding: 'utf8' });
    return stdout + stderr;
  };
  expect(linted(DOCUMENT)).toBe('');
  const directory = mkdtempSync(join(tmpdir(), 'openapi-'));
  const file = join(directory, 'openapi.yaml');
  writeFileSync(
    file,
    readFileSync(DOCUMENT, 'utf8').replace('operationId: revokeEveryone', 'operationId: revoke'),
  );
  expect(linted(file)).toContain('operation-operationId-unique');
  rmSync(directory, { recursive: true });
});
