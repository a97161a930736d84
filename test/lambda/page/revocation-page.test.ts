import { createHash } from 'node:crypto';
import type { RevocationPage } from '../../../lambda/domain/record/read-revocation.ts';
import { milestonesOf } from '../../../lambda/page/milestones.ts';
import { problemPage } from '../../../lambda/page/problem-page.ts';
import { revocationPage } from '../../../lambda/page/revocation-page.ts';
import { duration } from '../../../lambda/page/times.ts';
import * as samples from '../../support/revocation-pages.ts';

const { NOW, completed, inProgress, failed, nothingHeld, everyone, endedAssignment, nobody } = samples;

const pageOf = (revocation: RevocationPage, query = {}) => revocationPage(revocation, { now: NOW, query });
/** What a reader sees, without the styles. */
const textOf = ({ html }: { html: string }) =>
  html
    .replace(/<style>.*<\/style>/s, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');

test.each<[string, RevocationPage, string[]]>([
  [
    'COMPLETED',
    completed,
    [
      'Every session that was held is ended',
      'may work until 23 Nov 2026, 04:37:51 UTC at the latest: for 19 h 55 min from now',
      'Left the company on Friday (ticket HR-2041)',
      'arn:aws:sts::111122223333:assumed-role/offboarding/workflow',
      'Role sessions denied: 22 Nov 2026, 08:37:57 UTC',
      'Nothing lives any more: 23 Nov 2026, 04:37:51 UTC, still to come',
      'A session that nobody registered here is not known',
      'Logout ends no role session',
    ],
  ],
  [
    'IN_PROGRESS',
    inProgress,
    ['2 of 3 sessions that were found so far are ended', 'Sessions ended: not yet'],
  ],
  [
    'FAILED',
    failed,
    [
      'A session could not be ended',
      'What you have to do',
      'Delete session.',
      'A token that was invalid already does not prove that its sign-in session is over.',
      'another directory owns the group: remove the person there',
      'Taken away: 1 account assignment, 0 group memberships. Left: 1.',
    ],
  ],
  [
    'NOTHING_HELD',
    nothingHeld,
    [
      'Done, but no session was held',
      'What you have to do',
      'It does not say that the person is signed out.',
    ],
  ],
  [
    'IN_PROGRESS of everyone',
    everyone,
    ['623 of 1204 sessions', 'Left out', 'Everyone who is covered', 'Nothing was held'],
  ],
  [
    'COMPLETED of an ended assignment',
    endedAssignment,
    ['What the ended assignment gave is denied', 'permission set Developer in account 111122223333'],
  ],
  ['FAILED of nobody', nobody, ['Nothing was done: nobody has this user name', 'jdoe.']],
])('the page of %s says in words what the record says', (_name, revocation, sentences) => {
  const text = textOf(pageOf(revocation));
  for (const sentence of sentences) expect(text).toContain(sentence);
});

test('what is not there is not shown: no promise about nobody, no sessions of an assignment, no access', () => {
  expect(textOf(pageOf(nobody))).not.toMatch(/may work until|Nothing lives any more/);
  expect(textOf(pageOf(endedAssignment))).not.toContain('What became of each session');
  expect(textOf(pageOf(completed))).not.toMatch(/Access taken away|What you have to do/);
});

test('a bound that is over is told as over', () => {
  const page = revocationPage(completed, { now: new Date('2026-11-24T00:00:00Z'), query: {} });
  expect(textOf(page)).toContain('were over by 23 Nov 2026, 04:37:51 UTC at the latest.');
});

const settled = { ...inProgress.roleSessions, notDenied: 'switched-off' as const };
test.each<[string, RevocationPage, object, string | undefined]>([
  ['a session is pending', { ...inProgress, roleSessions: settled }, {}, '5'],
  ['the denial is pending', { ...completed, roleSessions: inProgress.roleSessions }, {}, '5'],
  ['access is being taken away', { ...failed, access: accessOf('IN_PROGRESS') }, {}, '5'],
  ['all is done', completed, {}, undefined],
  ['it failed', failed, {}, undefined],
  ['nothing was held', nothingHeld, {}, undefined],
  ['a session is pending, and the reader stopped that', inProgress, { refresh: 'off' }, undefined],
])('while %s, the browser asks anew after %s seconds', (_name, revocation, query, seconds) => {
  expect(pageOf(revocation, query).headers.refresh).toBe(seconds);
});

function accessOf(status: 'IN_PROGRESS'): NonNullable<RevocationPage['access']> {
  return { status, assignments: { removed: 0, left: 1 }, memberships: { removed: 0, left: 0 } };
}

test('the policy lets the one style in by its hash, and no script, no address, no form, no frame', () => {
  for (const { html, headers } of [pageOf(completed), pageOf(failed), problemPage(PROBLEM)]) {
    const [, style = ''] = /<style>(.*)<\/style>/s.exec(html) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    expect(html).not.toMatch(/<script|<form|<iframe| style=| on\w+=|(src|href)="(?!data:image|\?)/);
  }
});

const PROBLEM = {
  title: 'No such revocation',
  status: 404,
  detail: 'There is <none>.',
  code: 'revocation-not-found',
};

test('an error for people says what the problem document says', () => {
  expect(textOf(problemPage(PROBLEM))).toMatch(
    /404 revocation-not-found No such revocation There is &lt;none&gt;\./,
  );
});

const HOSTILE = `</style><script src="//evil.example"></script>"' onload=x \u202e<img src=x onerror=alert(1)> javascript:x`;
test('whatever a record holds is text', () => {
  const hostile: RevocationPage = {
    ...failed,
    subject: { userName: HOSTILE },
    requestedBy: HOSTILE,
    reason: HOSTILE,
    except: [HOSTILE],
    everyoneId: HOSTILE,
    roleSessions: { ...failed.roleSessions, notDenied: 'lifted', liftedBy: HOSTILE },
    recordedUserName: HOSTILE,
    outcomes: [
      {
        ...{ sessionId: HOSTILE, outcome: 'FAILED', at: NOW.toISOString(), attempts: 1 },
        ...{ registeredWith: HOSTILE, error: HOSTILE },
      },
    ],
    nextCursor: HOSTILE,
  };
  for (const subject of [
    { userName: HOSTILE },
    { userId: HOSTILE },
    { sessionId: HOSTILE, userId: HOSTILE },
  ]) {
    const { html } = pageOf({ ...hostile, subject }, { limit: HOSTILE, cursor: HOSTILE });
    expect(html.match(/<(script|img)|onerror=alert\(1\)>|\u202e/g)).toBeNull();
    expect(html.match(/<\/?style>/g)).toEqual(['<style>', '</style>']);
    expect(html).toContain('&lt;script src=&quot;//evil.example&quot;&gt;');
    for (const [, link = ''] of html.matchAll(/href="([^"]*)"/g))
      expect(link).toMatch(/^(\?[\w=%&;.+*-]*|[\w%.!~*()&#;-]+|data:image\/svg\+xml,[\w%.!~*()&#;-]+)$/);
  }
});

test('the page names the user, and the tool that registered each session, if the record does', () => {
  const [outcome] = completed.outcomes;
  if (!outcome) throw new Error('The sample has no outcome.');
  const outcomes = [{ ...outcome, registeredWith: 'icr/1.0.0 (linux; x64)' }];
  const text = textOf(pageOf({ ...completed, recordedUserName: 'jdoe@example.com', outcomes }));
  expect(text).toMatch(/Who jdoe@example\.com 906791299c-/);
  expect(text).toContain('Registered with icr/1.0.0 (linux; x64)');
  const { recordedUserName: _, ...nameless } = completed;
  const unknown = completed.outcomes.map(({ registeredWith: __, ...rest }) => rest);
  const without = textOf(pageOf({ ...nameless, outcomes: unknown }));
  expect(without).toMatch(/Who 906791299c-/);
  expect(without).not.toContain('Registered with');
});

test('the pages of outcomes lead to one another and keep their size', () => {
  const { html } = pageOf(
    { ...completed, nextCursor: 'n'.repeat(43) },
    { limit: '2', cursor: 'c'.repeat(43) },
  );
  expect(html).toContain(`href="?limit=2&amp;cursor=${'n'.repeat(43)}"`);
  expect(html).toContain('href="?limit=2"');
});

describe('the timeline', () => {
  const names = (revocation: RevocationPage) =>
    milestonesOf(revocation, NOW).map(({ name, at, instead }) => [name, at?.slice(8, 19) ?? instead]);

  test('goes from the request to the time when nothing lives any more', () => {
    expect(names(completed)).toEqual([
      ['Asked for', '22T08:37:51'],
      ['Sessions ended', '22T08:37:53'],
      ['Role sessions denied', '22T08:37:57'],
      ['Denial ends', '22T20:37:51'],
      ['Nothing lives any more', '23T04:37:51'],
    ]);
  });

  test('has what did not happen before what is still to come', () => {
    expect(names(failed)).toEqual([
      ['Asked for', '22T08:37:51'],
      ['Role sessions denied', '22T08:37:57'],
      ['Sessions ended', 'not all'],
      ['Denial ends', '23T04:37:51'],
      ['Nothing lives any more', '23T04:42:17'],
    ]);
  });

  test('says since when it counts, if a point without a time stands between', () => {
    expect(textOf(pageOf(inProgress))).toContain('20 h after “Asked for”');
    expect(textOf(pageOf(failed))).toContain('19 h 59 min after “Role sessions denied”');
    expect(textOf(pageOf(completed))).not.toContain(' after “');
  });

  test('says when a denial was lifted, and when access was gone', () => {
    const lifted = {
      ...completed.roleSessions,
      notDenied: 'lifted' as const,
      deniedUntil: '2026-11-22T08:40:00.000Z',
    };
    expect(names({ ...completed, roleSessions: lifted })).toContainEqual(['Denial lifted', '22T08:40:00']);
    const access = { ...accessOf('IN_PROGRESS'), status: 'COMPLETED' as const };
    expect(names({ ...failed, access })).toContainEqual(['Access taken away', '22T08:37:54']);
  });
});

test.each([
  [999, 'less than 1 s'],
  [1_000, '1 s'],
  [61_000, '1 min 1 s'],
  [3_600_000, '1 h'],
  [3_659_000, '1 h'],
  [71_940_000, '19 h 59 min'],
  [90 * 86_400_000 + 3_600_000, '90 d 1 h'],
])('%i ms are %s', (millis, words) => {
  expect(duration(millis)).toBe(words);
});
