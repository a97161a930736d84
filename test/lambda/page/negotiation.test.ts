import { type Api, startApi } from '../../support/api.ts';
import { fakeWorld, type World } from '../../support/fakes.ts';
import { ALICE, hold } from '../../support/sessions.ts';
import { captureWritten } from '../../support/written.ts';

captureWritten();
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';

let api: Api;
let path: string;
beforeAll(async () => {
  const world: World = { ...fakeWorld(), clock: () => new Date('2026-01-01T00:00:00Z') };
  await hold(world, ALICE, 'one');
  api = await startApi(world);
  const body = JSON.stringify({ userId: ALICE });
  const headers = { 'content-type': 'application/json' };
  const made = await fetch(`${api.url}/revocations`, { method: 'POST', body, headers });
  path = `${api.url}/revocations/${JSON.parse(await made.text()).revocationId}`;
});
afterAll(() => api.close());

test.each([
  ['*/*', 'application/json'],
  ['', 'application/json'],
  ['application/json', 'application/json'],
  ['application/json, text/html;q=0.9', 'application/json'],
  ['text/html;q=0.4, application/json;q=0.5', 'application/json'],
  ['text/html;q=0, */*', 'application/json'],
  ['image/png', 'application/json'],
  [BROWSER, 'text/html; charset=utf-8'],
  ['text/html', 'text/html; charset=utf-8'],
  ['TEXT/HTML', 'text/html; charset=utf-8'],
  ['text/html, */*', 'text/html; charset=utf-8'],
  ['application/json;q=0.5, text/html', 'text/html; charset=utf-8'],
])('Accept: %s is answered with %s, and HEAD with the same headers', async (accept, type) => {
  const [get, head] = [
    await fetch(path, { headers: { accept } }),
    await fetch(path, { headers: { accept }, method: 'HEAD' }),
  ];
  const text = await get.text();
  // Of this one answer, and of the connection.
  const others = ['date', 'apigw-requestid', 'connection', 'keep-alive'];
  const headersOf = ({ headers }: Response) =>
    Object.fromEntries([...headers].filter(([name]) => !others.includes(name)));
  expect([get.status, head.status, await head.text()]).toEqual([200, 200, '']);
  expect(headersOf(head)).toEqual({ ...headersOf(get), 'content-length': String(Buffer.byteLength(text)) });
  expect(headersOf(get)).toMatchObject({ 'content-type': type, vary: 'accept', 'cache-control': 'no-store' });
});

test.each([
  [`/revocations/${'x'.repeat(43)}`, 404, 'revocation-not-found'],
  ['/revocations/everyone', 405, 'method-not-allowed'],
  [`/revocations/${'x'.repeat(43)}?limit=0`, 400, 'invalid-parameter'],
])('%s for people: a page with %i %s; for programs a problem document', async (wrong, status, code) => {
  const page = await fetch(api.url + wrong, { headers: { accept: BROWSER } });
  expect([page.status, page.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
  expect(page.headers.get('vary')).toBe('accept');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await page.text()).toContain(`${status} ${code}`);
  if (status === 405) expect(page.headers.get('allow')).toBe('POST');
  const problem = await fetch(api.url + wrong);
  expect(problem.headers.get('content-type')).toBe('application/problem+json');
  expect(JSON.parse(await problem.text())).toMatchObject({ code });
});

test('a route without pages answers a browser with JSON', async () => {
  const answer = await fetch(`${api.url}/sessions?userId=${ALICE}`, { headers: { accept: BROWSER } });
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(answer.headers.get('vary')).toBeNull();
});
