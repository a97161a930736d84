import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { problemPage } from '../../lambda/page/problem-page.ts';
import { revocationPage } from '../../lambda/page/revocation-page.ts';
import { startApi } from '../support/api.ts';
import { hasChromium, startChromium } from '../support/chromium.ts';
import { failed as failure, fakePortal, fakeWorld, type World } from '../support/fakes.ts';
import * as samples from '../support/revocation-pages.ts';
import { ALICE, hold } from '../support/sessions.ts';
import { captureWritten } from '../support/written.ts';

captureWritten();
if (!hasChromium)
  process.stderr.write('The pages were not looked at in Chromium: it is there for Linux on x64 only.\n');
const proof = hasChromium ? test : test.skip;
const { NOW, ...revocations } = samples;

let browser: Browser;
beforeAll(async () => {
  if (hasChromium) browser = await startChromium();
}, 60_000);
afterAll(() => browser?.close());

/** A hostile value for every text that comes from a caller, an event or a name. */
const LONG = 'x'.repeat(10_000);
const HOSTILE = `</title></style><script>document.title='run'</script><img src=//evil.example onerror="document.title='run'">"'\u202e\u0000`;
const hostile = {
  ...samples.failed,
  reason: `${HOSTILE}${LONG}`,
  requestedBy: HOSTILE,
  recordedUserName: HOSTILE,
  outcomes: samples.failed.outcomes.map((each) => ({ ...each, registeredWith: HOSTILE })),
  subject: { userName: HOSTILE.repeat(20) },
  roleSessions: { ...samples.failed.roleSessions, notDenied: 'lifted' as const, liftedBy: LONG },
};

const pages: Record<string, ReturnType<typeof revocationPage>> = {
  ...Object.fromEntries(
    Object.entries({ ...revocations, hostile }).map(([name, revocation]) => [
      name,
      revocationPage({ ...revocation, nextCursor: 'n'.repeat(43) }, { now: NOW, query: { cursor: 'c' } }),
    ]),
  ),
  problem: problemPage({
    title: 'No such revocation',
    status: 404,
    detail: LONG,
    code: 'revocation-not-found',
  }),
};

const looks = Object.keys(pages).flatMap((name) =>
  ([360, 1440] as const).flatMap((width) =>
    (['light', 'dark'] as const).map((colorScheme) => ({ name, width, colorScheme })),
  ),
);

/** Opens a page of the browser, and collects its requests and its console messages. */
async function open(context: BrowserContext) {
  const page = await context.newPage();
  const asked: string[] = [];
  const said: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  return { page, asked, said };
}

/** What the accessibility checker finds. The page's policy allows no script, so the debugger runs the checker. */
async function violations(page: Page): Promise<string[]> {
  const found = (await page.evaluate(
    `${axe.source}; axe.run({ resultTypes: ['violations'] })`,
  )) as axe.AxeResults;
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

/** The visible texts of the timeline that are drawn too small to read, or over another text. */
const UNREADABLE = `(() => {
  const boxes = [...document.querySelectorAll('.timeline text')]
    .map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 0);
  const overlap = (a, b) => a.left < b.right && b.left < a.right && a.top + 3 < b.bottom && b.top + 3 < a.bottom;
  return boxes
    .filter(({ box }) => box.height < 14 || boxes.some((other) => other.box !== box && overlap(box, other.box)))
    .map(({ text }) => text);
})()`;

proof.each(looks)(
  'the page of $name, $width wide and $colorScheme, passes axe, sends no request, logs nothing in the console, and fits',
  async ({ name, width, colorScheme }) => {
    const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
    const { page, asked, said } = await open(context);
    const { html = '', headers = {} } = pages[name] ?? {};
    const { refresh: _, ...others } = headers;
    await page.route('**/*', (route) => route.fulfill({ body: html, headers: others }));
    await page.goto('http://localhost/revocations/x');
    const size = await page.evaluate('[document.documentElement.scrollWidth, document.title]');
    const [scrollWidth, title] = size as [number, string];
    const unreadable = await page.evaluate(UNREADABLE);
    expect({ asked, said, unreadable, isTooWide: scrollWidth > width, hasRun: title === 'run' }).toEqual({
      asked: ['http://localhost/revocations/x'],
      said: [],
      unreadable: [],
      isTooWide: false,
      hasRun: false,
    });
    expect(await violations(page)).toEqual([]);
    await context.close();
  },
);

/** How many sheets of paper Chromium prints: two, but for these. */
const SHEETS: Record<string, { A4: number; Letter: number }> = {
  failed: { A4: 2, Letter: 3 },
  hostile: { A4: 6, Letter: 7 },
  problem: { A4: 3, Letter: 3 },
};
const PAPERS = { A4: 210, Letter: 216 };
/** What `@page` leaves of the paper's width, in CSS pixels. */
const printable = (format: keyof typeof PAPERS) => Math.floor(((PAPERS[format] - 24) / 25.4) * 96);

/** What is wrong with the page as it is printed. */
const MISPRINTED = `(() => {
  const style = (at, pseudo) => getComputedStyle(document.querySelector(at) ?? document.body, pseudo);
  const wide = [...document.querySelectorAll('body *')].filter(
    (each) => !each.closest('.unseen') && each.getBoundingClientRect().right > innerWidth + 1,
  );
  return {
    colours: [style('body').backgroundColor, style('.sheet').backgroundColor, style('body').color],
    wide: wide.map(({ outerHTML }) => outerHTML.slice(0, 80)),
    controls: ['nav', '.screen'].filter((each) => document.querySelector(each)?.checkVisibility()),
    withoutTarget: [...document.querySelectorAll('main a')]
      .filter((link) => link.checkVisibility())
      .filter((link) => !getComputedStyle(link, '::after').content.includes(link.getAttribute('href')))
      .map(({ outerHTML }) => outerHTML),
  };
})()`;

const prints = Object.keys(pages).flatMap((name) =>
  (['A4', 'Letter'] as const).map((format) => ({ name, format })),
);
proof.each(prints)(
  'the page of $name prints from a dark window on $format in black on white, fits, shows where links lead, and has no controls',
  async ({ name, format }) => {
    const width = printable(format);
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: 'dark' });
    const page = await context.newPage();
    await page.setContent(pages[name]?.html ?? '');
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.evaluate(MISPRINTED)).toEqual({
      colours: ['rgb(255, 255, 255)', 'rgb(255, 255, 255)', 'rgb(0, 0, 0)'],
      wide: [],
      controls: [],
      withoutTarget: [],
    });
    expect(await page.evaluate(UNREADABLE)).toEqual([]);
    const margin = { top: '1cm', bottom: '1cm', left: '1cm', right: '1cm' };
    const pdf = (await page.pdf({ format, margin })).toString('latin1');
    expect(pdf.match(/\/Type \/Page\b/g)).toHaveLength(SHEETS[name]?.[format] ?? 2);
    await context.close();
  },
);

proof(
  'a printed page of a list says that there are others; a narrow window gives an id the whole line',
  async () => {
    const page = await browser.newPage({ viewport: { width: 360, height: 800 } });
    await page.setContent(pages.failed?.html ?? '');
    const others = page.getByText('This list has other pages');
    expect(await others.isVisible()).toBe(false);
    for (const row of await page.getByRole('rowheader').all())
      expect((await row.boundingBox())?.width).toBeGreaterThan(280);
    await page.emulateMedia({ media: 'print' });
    expect(await others.isVisible()).toBe(true);
    await page.close();
  },
);

proof("these tests notice a style that the page's policy blocks", async () => {
  const context = await browser.newContext();
  const { page, said } = await open(context);
  const { html, headers } = revocationPage(samples.completed, { now: NOW, query: {} });
  const changed = html.replace('<style>', '<style>b{}').replace('<h1', '<h1 style="color:red"');
  await page.route('**/*', (route) => route.fulfill({ body: changed, headers }));
  await page.goto('http://localhost/revocations/x');
  expect(said).toHaveLength(2);
  await context.close();
});

proof(
  'a page in progress reloads itself until the end, and the keyboard reaches every link',
  async () => {
    const world: World = { ...fakeWorld(), clock: () => NOW, portal: fakePortal(failure('unavailable')) };
    await hold(world, ALICE, 'one', 'two');
    const api = await startApi(world);
    const context = await browser.newContext();
    try {
      const body = JSON.stringify({ userId: ALICE });
      const headers = { 'content-type': 'application/json' };
      const made = await fetch(`${api.url}/revocations`, { method: 'POST', body, headers });
      const { revocationId } = JSON.parse(await made.text());
      const { page, asked, said } = await open(context);
      await page.goto(`${api.url}/revocations/${revocationId}`);
      expect(await page.title()).toContain('Sessions are being ended');
      expect(await page.getByRole('progressbar').getAttribute('value')).toBe('0');
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Stop that');
      const { header, outcomes } = await world.records.read(revocationId, AbortSignal.timeout(1_000));
      if (!header) throw new Error('There is no record.');
      const ended = outcomes.map((each) => ({ ...each, outcome: 'LOGGED_OUT' as const }));
      await world.records.putOutcomes(revocationId, ended, AbortSignal.timeout(1_000));
      const sessions = { found: 2, loggedOut: 2, alreadyInvalid: 0, pending: 0, failed: 0 };
      await world.records.complete(revocationId, { at: NOW, sessions }, AbortSignal.timeout(1_000));
      await page
        .getByRole('heading', { level: 1, name: 'Every session that was held is ended' })
        .waitFor({ timeout: 9_000 });
      const askedByThen = asked.length;
      await page.waitForTimeout(6_000);
      expect([asked.length, said]).toEqual([askedByThen, []]);
      expect(new Set(asked).size).toBe(1);
    } finally {
      await context.close();
      await api.close();
    }
  },
  30_000,
);

test('these tests look at ten pages, each at two widths, light and dark', () => {
  expect(looks.length).toBe(4 * 10);
});
